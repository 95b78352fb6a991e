import Archive
import FoundationEssentials
import Glibc
public import JSON
import Threads

/// How the last backup went, for the status page and for monitors: `backup.json` in the state
/// directory.
public struct BackupRecord: Sendable, Equatable, JSONObject {
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
        (try? Data(contentsOf: URL(filePath: path(in: stateDirectory))))
            .flatMap { JSONValue(Array($0)).flatMap(BackupRecord.init) }
    }

    func write(to stateDirectory: String) throws {
        let bytes = JSONWriter.bytes(of: self) + [UInt8(ascii: "\n")]
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
    public func writeMembers(to json: inout JSONWriter) {
        json.member("started", started)
        json.member("finished", finished)
        json.member("file", file)
        json.member("bytes", bytes)
        json.member("verified", verified)
        json.member("error", error)
    }

    private static func path(in stateDirectory: String) -> String {
        stateDirectory + "/backup.json"
    }
}

extension BackupRecord {
    /// `nil` for what no version has written.
    fileprivate init?(_ json: JSONValue) {
        guard let started = json["started"].integer, let finished = json["finished"].integer,
            let verified = json["verified"].bool
        else { return nil }
        self.init(
            started: started, finished: finished, file: json["file"].text,
            bytes: json["bytes"].integer, verified: verified, error: json["error"].text)
    }
}
