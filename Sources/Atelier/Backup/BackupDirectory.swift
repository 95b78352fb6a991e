import Archive
import FoundationEssentials
import Glibc
import SQL
import Threads

/// The directory that holds the backups, under names that sort by time.
struct BackupDirectory {
    let path: String
    /// Where a backup is put together; nothing in it is worth keeping.
    var work: String { path + "/.partial" }

    private static let prefix = "atelier-"
    private static let suffix = ".tar.zst"

    /// - Parameter path: Made when it is missing, for its user alone.
    /// - Throws: ``BackupFailure`` when it cannot be made or strangers may write there.
    init(creating path: String, owner: FileOwner) throws {
        try Self.make(path, owner: owner)
        try self.init(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(path) }
        guard status.st_mode & 0o002 == 0 else {
            throw BackupFailure(
                "Anybody may write to \(path), and so replace a backup. Run: chmod o-w \(path)")
        }
    }

    init(_ path: String) throws {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw BackupFailure("There is no directory \(path).")
        }
    }

    private static func make(_ path: String, owner: FileOwner) throws {
        guard access(path, F_OK) != 0 else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw BackupFailure(
                "The directory \(path) cannot be made. Make it, for the user of the service.")
        }
        try owner.take(path)
    }

    /// Another process is making a backup in the same directory.
    struct InUse: Error {}

    /// Does something while nobody else makes a backup here.
    ///
    /// - Throws: ``InUse``, and what the closure throws.
    func alone<Result>(_ body: () throws -> Result) throws -> Result {
        let directory = try File(reading: path)
        guard flock(directory.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw InUse() }
        return try withExtendedLifetime(directory) { _ in try body() }
    }

    /// A name for a backup that begins now. Waits for the next second when this one's is taken: a name
    /// must not be older than that of an earlier backup.
    func newFile() -> String {
        while true {
            let time = CompactTime.text(of: UnixTime.milliseconds)
            let file = "\(path)/\(Self.prefix)\(time)\(Self.suffix)"
            if access(file, F_OK) != 0 { return file }
            usleep(20_000)
        }
    }

    /// Every backup, the newest first.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter(Self.isBackup)
            .sorted(by: >).map { path + "/" + $0 }
    }

    private static func isBackup(_ name: String) -> Bool {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
        let time = name.dropFirst(prefix.count).dropLast(suffix.count).utf8
        let shape = "00000000T000000Z".utf8
        return time.count == shape.count
            && zip(time, shape).allSatisfy { byte, like in
                like == UInt8(ascii: "0")
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == like
            }
    }

    /// Removes all but the newest, and never `made`.
    func removeOld(keeping count: Int, and made: String) throws {
        let others = try files().filter { $0 != made }
        for file in others.dropFirst(count - 1) {
            guard unlink(file) == 0 else { throw SystemError("remove \(file)") }
        }
    }
}
