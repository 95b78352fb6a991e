import Archive
import Crypto
import FoundationEssentials
import Glibc
import SQL
import Threads

/// A backup on the disk, to be checked or unpacked.
public struct BackupArchive {
    private let path: String

    public init(_ path: String) {
        self.path = path
    }

    /// The newest backup of a directory.
    ///
    /// - Throws: ``BackupFailure`` when there is none.
    public static func newest(in directory: String) throws -> BackupArchive {
        guard let path = try BackupDirectory(directory).files().first else {
            throw BackupFailure("There is no backup in \(directory).")
        }
        return BackupArchive(path)
    }

    /// Restores it for a trial, in a directory of its own, and compares what is there with what it
    /// says of itself: every checksum, the database's soundness, its schema and the rows of each table.
    ///
    /// - Parameter parent: Where the trial's directory is made and removed again.
    /// - Returns: What was compared, for the person at the terminal.
    /// - Throws: ``BackupFailure`` naming what is wrong.
    public func verify(in parent: String) throws -> [String] {
        var template = Array("\(parent)/atelier-verify-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp \(parent)") }
        let trial = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: trial) }
        let manifest: BackupManifest
        do {
            manifest = try unpack(into: trial)
        } catch {
            throw BackupFailure(error, writingTo: parent)
        }
        return report(on: manifest)
    }

    private func report(on manifest: BackupManifest) -> [String] {
        let bytes = manifest.files.reduce(0) { $0 + $1.size }
        let rows = manifest.rows.values.reduce(0, +)
        return [
            "\(path): sound",
            "made by atelier \(manifest.program) at \(CompactTime.text(of: manifest.created))",
            "checksums: \(manifest.files.count) files with \(bytes) bytes are as they were",
            "database: sound in itself, schema version \(manifest.schema), all foreign keys lead somewhere",
            "rows: the \(manifest.rows.count) tables have the \(rows) rows they had",
        ]
    }

    /// Unpacks it, checking everything.
    ///
    /// - Parameter directory: An empty directory of the caller's own.
    func unpack(into directory: String) throws -> BackupManifest {
        let manifest = try Unpacking(archive: path, into: directory).run()
        let database = directory + "/" + BackupManifest.databaseName
        let found: Inspection
        do {
            found = try Database.inspect(database, thoroughly: true)
        } catch let error as SQLError where error.kind != .full {
            throw fault("its database is not sound: \(error.message)")
        }
        guard found.schemaVersion == manifest.schema else {
            throw fault(
                "its schema has version \(found.schemaVersion) and not \(manifest.schema)")
        }
        for table in Set(found.rows.keys).union(manifest.rows.keys).sorted()
        where found.rows[table] != manifest.rows[table] {
            let (now, then) = (found.rows[table] ?? 0, manifest.rows[table] ?? 0)
            throw fault("table \(table) has \(now) rows and had \(then)")
        }
        return manifest
    }

    private func fault(_ text: String) -> BackupFailure {
        BackupFailure("\(path): \(text)")
    }
}
