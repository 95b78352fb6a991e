import FoundationEssentials

/// What a backup says of itself; its last member, `manifest.json`.
public struct BackupManifest: Codable, Sendable, Equatable {
    /// A file of the backup.
    struct File: Codable, Sendable, Equatable {
        /// `app.db`, or a path that begins with `media/`.
        let name: String
        let size: Int
        /// In lower-case hexadecimal digits.
        let sha256: String
    }

    static let name = "manifest.json"
    static let databaseName = "app.db"
    static let mediaName = "media"
    /// Of the archive; a program refuses one that is newer than this.
    static let newestFormat = 1

    let format: Int
    /// The version of the program that made it.
    public let program: String
    /// The version of the database's schema.
    public let schema: Int
    /// When it was begun; Unix time in milliseconds.
    public let created: Int
    let files: [File]
    /// How many rows each table has.
    let rows: [String: Int]

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    init(
        format: Int, program: String, schema: Int, created: Int, files: [File],
        rows: [String: Int]
    ) {
        self.format = format
        self.program = program
        self.schema = schema
        self.created = created
        self.files = files
        self.rows = rows
    }

    init(_ text: [UInt8]) throws(BackupFailure) {
        guard let manifest = try? JSONDecoder().decode(Self.self, from: Data(text)) else {
            throw BackupFailure("its \(Self.name) cannot be understood")
        }
        guard manifest.format <= Self.newestFormat else {
            throw BackupFailure(
                "it is of format \(manifest.format), made by atelier \(manifest.program); "
                    + "this program knows formats up to \(Self.newestFormat)")
        }
        self = manifest
    }
}
