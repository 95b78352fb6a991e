import Archive
import FoundationEssentials
import Glibc
import SQL
import Threads

/// Makes backups: one archive with the database as it is at one moment, and the media it may name.
///
/// Others go on using both. The database is copied first: the files it names are there by then, and
/// never change. One that is deleted before its turn comes is left out, though the copy may name it.
public struct Backup {
    private let settings: Settings

    public init(settings: Settings) {
        self.settings = settings
    }

    /// Makes a backup, and then removes the oldest ones.
    ///
    /// It gets its name when it is whole and on the disk. How it went is noted in ``BackupRecord``,
    /// also when it failed.
    ///
    /// - Parameters:
    ///   - verifying: Whether it is restored for a trial and compared before it gets its name.
    ///   - whenCopied: Called when the database is copied: up to then others' writes pile up in its
    ///     log, and make each other slower; afterwards nothing waits for the backup any more.
    /// - Returns: Its path.
    /// - Throws: ``BackupFailure``; the earlier backups are untouched then.
    public func make(verifying: Bool, whenCopied: () -> Void = {}) throws -> String {
        let started = UnixTime.milliseconds
        var record = BackupRecord(started: started, finished: started, verified: false)
        do {
            let directory = try BackupDirectory(
                creating: settings.backupDirectory, owner: FileOwner(of: settings.stateDirectory))
            let made = try directory.alone {
                let made = try make(
                    in: directory, at: started, verifying: verifying, whenCopied: whenCopied)
                try directory.removeOld(keeping: settings.backupsKept, and: made.path)
                return made
            }
            record.file = made.path
            record.bytes = made.bytes
            record.verified = verifying
            try write(&record)
            return made.path
        } catch is BackupDirectory.InUse {
            // It is not this one's place to tell how the other one goes.
            throw BackupFailure("Another backup is being made in \(settings.backupDirectory).")
        } catch {
            let failure = BackupFailure(error, writingTo: settings.backupDirectory)
            record.error = failure.description
            try? write(&record)
            throw failure
        }
    }

    private func write(_ record: inout BackupRecord) throws {
        record.finished = UnixTime.milliseconds
        try record.write(to: settings.stateDirectory)
    }

    private func make(
        in directory: BackupDirectory, at time: Int, verifying: Bool, whenCopied: () -> Void
    ) throws -> (path: String, bytes: Int) {
        let path = directory.newFile()
        let files = FileManager.default
        // Left there by one that was killed.
        try? files.removeItem(atPath: directory.work)
        try files.createDirectory(
            atPath: directory.work, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        defer { try? files.removeItem(atPath: directory.work) }

        let draft = directory.work + "/archive"
        // Nobody restores another state meanwhile.
        let use = try UseLock.shared(by: settings.databasePath)
        let bytes = try withExtendedLifetime(use) {
            try writeArchive(draft, in: directory.work, at: time, whenCopied: whenCopied)
        }
        if verifying { _ = try BackupArchive(draft).verify(in: directory.work) }

        try FileOwner(of: directory.path).take(draft)
        guard rename(draft, path) == 0 else { throw SystemError("rename \(draft)") }
        try File(reading: directory.path).sync()
        return (path, bytes)
    }

    /// - Returns: Its size in bytes.
    private func writeArchive(
        _ path: String, in work: String, at time: Int, whenCopied: () -> Void
    ) throws -> Int {
        let copy = work + "/" + BackupManifest.databaseName
        try Database.copy(settings.databasePath, to: copy)
        whenCopied()
        let inspection = try Database.inspect(copy, thoroughly: false)
        var packing = Packing(to: try File(creating: path, mode: 0o600), at: time)
        try packing.add(BackupManifest.databaseName, from: copy)
        unlink(copy)
        try packing.addMedia(MediaTree(path: settings.mediaDirectory))
        return try packing.finish(schema: inspection.schemaVersion, rows: inspection.rows)
    }
}
