import Archive
import FoundationEssentials
import Glibc

/// How the last backup went, for the status page and for monitors: `backup.json` in the state
/// directory.
public struct BackupRecord: Codable, Sendable, Equatable {
    /// Unix time in milliseconds.
    public var started: Int
    public var finished: Int
    /// Where it lies; `null` when it failed.
    public var file: String?
    public var bytes: Int?
    /// Whether it was restored for a trial and compared.
    public var verified: Bool
    /// Why there is none.
    public var error: String?

    /// Two nights, and a little.
    private static let oldestMs = 50 * 3600 * 1000

    func isOld(nowMs: Int) -> Bool { nowMs - finished > Self.oldestMs }

    /// - Returns: `nil` when none was ever made, or its record cannot be read.
    public static func read(from stateDirectory: String) -> BackupRecord? {
        (try? Data(contentsOf: URL(filePath: path(in: stateDirectory)))).flatMap {
            try? JSONDecoder().decode(BackupRecord.self, from: $0)
        }
    }

    func write(to stateDirectory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(self)
        let path = Self.path(in: stateDirectory)
        let draft = path + ".new"
        unlink(draft)
        do {
            let file = try File(creating: draft, mode: 0o640)
            try bytes.withUnsafeBytes { try file.write($0) }
            try file.sync()
        }
        try FileOwner(of: stateDirectory).take(draft)
        guard rename(draft, path) == 0 else { throw SystemError("rename \(draft)") }
    }

    /// With every field, so that `null` can be told from a field that is unknown.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(started, forKey: .started)
        try container.encode(finished, forKey: .finished)
        try container.encode(file, forKey: .file)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(verified, forKey: .verified)
        try container.encode(error, forKey: .error)
    }

    private static func path(in stateDirectory: String) -> String {
        stateDirectory + "/backup.json"
    }
}
