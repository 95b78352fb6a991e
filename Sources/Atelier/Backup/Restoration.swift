import Archive
import CLinux
import FoundationEssentials
import Glibc
import SQL
import Threads

/// Puts the state of a backup in the place of the present one, which is kept aside.
///
/// A kill or a power cut at any moment leaves one of the two usable:
///
/// 1. The backup is unpacked and checked beside the state, in `restore.partial/new`.
///    Its sessions end and its keys change: what had ended since must not come back.
/// 2. What the database's log holds is moved into the database: it is one file then.
/// 3. Links in `restore.partial/before` keep every file of the present state.
/// 4. Files of media are moved into place. They tell their content by their names and are more than
///    the present database names: it does not mind.
/// 5. One rename puts the new database in the place of the present one. This is the moment.
/// 6. What only the state before needs goes: other media, and live streams, whose generations would
///    otherwise be taken for some of the restored ones. `before` gets its final name.
///
/// What a kill left is tidied up by the next restore.
public struct Restoration {
    private let settings: Settings
    private var work: String { settings.stateDirectory + "/restore.partial" }
    private var new: String { work + "/new" }
    private var before: String { work + "/before" }

    /// What a restore leads to.
    public struct Outcome: Sendable {
        /// Where the state before lies; `nil` when there was none.
        public let kept: String?
        /// Whether the schema is older than this program needs.
        public let needsMigration: Bool
        /// How many sessions the backup had: all have ended.
        public let endedSessions: Int
    }

    public init(settings: Settings) {
        self.settings = settings
    }

    /// Restores a backup.
    ///
    /// - Throws: ``BackupFailure`` when the database is in use, the backup is not sound or of a newer
    ///   schema, or there is no space; the present state is untouched then.
    public func restore(_ path: String) throws -> Outcome {
        let owner = try stateOwner()
        guard let use = try UseLock.alone(with: settings.databasePath) else {
            throw BackupFailure(
                "Workers, jobs or a backup use \(settings.databasePath). Stop them first: "
                    + "systemctl stop atelier.target atelier.socket")
        }
        return try withExtendedLifetime(use) {
            do {
                return try restore(path, owner, use)
            } catch {
                throw BackupFailure(error, writingTo: settings.stateDirectory)
            }
        }
    }

    private func stateOwner() throws -> FileOwner {
        do {
            return try FileOwner(of: settings.stateDirectory)
        } catch {
            throw BackupFailure(
                "There is no directory \(settings.stateDirectory). Install the service first, or "
                    + "make it for its user.")
        }
    }

    private func restore(_ path: String, _ owner: FileOwner, _ use: UseLock) throws -> Outcome {
        try tidyUp()
        let manifest: BackupManifest
        let ended: Int
        do {
            for directory in [work, new, before] { try makeDirectory(directory, 0o700, owner) }
            manifest = try BackupArchive(path).unpack(into: new)
            try requireKnownSchema(manifest, path)
            ended = manifest.schema > 0 ? try disown() : 0
            let isFolded = try foldLog(use)
            try setOwners(owner)
            try keepPresent(withLog: !isFolded)
            try syncDisk()
            try placeMedia()
            try syncDisk()
        } catch {
            // The present state is in place: `before` holds nothing but other names of its files.
            try? FileManager.default.removeItem(atPath: work)
            throw error
        }
        try placeDatabase()
        try removeOtherMedia(manifest)
        try removeStreams()
        let kept = try nameBefore()
        try FileManager.default.removeItem(atPath: work)
        return Outcome(
            kept: kept, needsMigration: manifest.schema < Schema.migrations.count,
            endedSessions: ended)
    }

    private func requireKnownSchema(_ manifest: BackupManifest, _ path: String) throws {
        guard manifest.schema <= Schema.migrations.count else {
            throw BackupFailure(
                "\(path) has schema version \(manifest.schema), made by atelier "
                    + "\(manifest.program); this is atelier \(Version.text), which knows versions up "
                    + "to \(Schema.migrations.count). Install the newer program first.")
        }
    }
}

/// The steps, in their order.
extension Restoration {
    /// After a kill: keeps `before` if a state was in place of which it holds the only names.
    private func tidyUp() throws {
        guard exists(work) else { return }
        if try beforeIsNotInPlace() { _ = try nameBefore() }
        try FileManager.default.removeItem(atPath: work)
    }

    private func beforeIsNotInPlace() throws -> Bool {
        guard exists(before) else { return false }
        let names = databaseFiles.filter { exists(before + "/" + $0) }
        guard names.isEmpty else { return try !names.allSatisfy(isInPlace) }
        return try !mediaFiles(in: before).allSatisfy { exists(settings.stateDirectory + "/" + $0) }
    }

    private func isInPlace(_ name: String) throws -> Bool {
        var kept = stat()
        var present = stat()
        guard stat(before + "/" + name, &kept) == 0 else { throw SystemError(before) }
        return stat(settings.stateDirectory + "/" + name, &present) == 0
            && present.st_ino == kept.st_ino
    }

    /// - Returns: `false` for a present database that is damaged: it is kept as it is, with its log.
    private func foldLog(_ use: UseLock) throws -> Bool {
        guard exists(settings.databasePath) else { return false }
        do {
            try Database.foldLog(of: settings.databasePath, holding: use)
            return true
        } catch let error where [.corrupt, .notADatabase, .io].contains(error.kind) {
            return false
        }
    }

    /// - Returns: How many sessions there were.
    private func disown() throws -> Int {
        let path = new + "/" + BackupManifest.databaseName
        let ended = try Database(path: path).write {
            try AccountStore.disown($0, salt: Installation.newSalt())
        }
        guard let use = try UseLock.alone(with: path) else {
            throw BackupFailure("Another program has \(path) open.")
        }
        try Database.foldLog(of: path, holding: use)
        for suffix in ["-wal", "-shm", "-gate"] { unlink(path + suffix) }
        return ended
    }

    private func setOwners(_ owner: FileOwner) throws {
        let database = new + "/" + BackupManifest.databaseName
        var present = stat()
        let mode = stat(settings.databasePath, &present) == 0 ? present.st_mode & 0o777 : 0o600
        guard chmod(database, mode) == 0 else { throw SystemError("chmod \(database)") }
        try owner.take(database)
        // The web server may belong to the group of the directory of media.
        let mediaOwner = try mediaOwner(or: owner)
        for entry in try MediaTree(path: new + "/" + BackupManifest.mediaName).entries() {
            try mediaOwner.take(new + "/" + BackupManifest.mediaName + "/" + entry.name)
        }
    }

    private func mediaOwner(or owner: FileOwner) throws -> FileOwner {
        exists(settings.mediaDirectory) ? try FileOwner(of: settings.mediaDirectory) : owner
    }

    private func keepPresent(withLog: Bool) throws {
        let database = (withLog ? databaseFiles : [BackupManifest.databaseName])
            .filter { exists(settings.stateDirectory + "/" + $0) }
        for name in try database + mediaFiles(in: settings.stateDirectory) {
            let target = before + "/" + name
            try makeParent(of: target)
            guard link(settings.stateDirectory + "/" + name, target) == 0 else {
                throw SystemError("link \(target)")
            }
        }
    }

    /// The directories that are missing get the permissions of the one they are made in.
    private func placeMedia() throws {
        let source = new + "/" + BackupManifest.mediaName
        guard exists(source) else { return }
        let owner = try FileOwner(
            of: exists(settings.mediaDirectory) ? settings.mediaDirectory : new)
        try makeDirectory(settings.mediaDirectory, 0o750, owner)
        var root = stat()
        guard stat(settings.mediaDirectory, &root) == 0 else {
            throw SystemError(settings.mediaDirectory)
        }
        for entry in try MediaTree(path: source).entries() {
            let target = settings.mediaDirectory + "/" + entry.name
            if entry.isDirectory {
                try makeDirectory(target, root.st_mode & 0o7777, owner)
            } else {
                try move(source + "/" + entry.name, to: target)
            }
        }
    }

    /// The log beside the present database is empty, or kept in `before`.
    private func placeDatabase() throws {
        for suffix in ["-wal", "-shm"] { unlink(settings.databasePath + suffix) }
        try move(new + "/" + BackupManifest.databaseName, to: settings.databasePath)
        try syncDisk()
    }

    private func removeOtherMedia(_ manifest: BackupManifest) throws {
        let restored = Set(manifest.files.map(\.name))
        for name in try mediaFiles(in: settings.stateDirectory) where !restored.contains(name) {
            unlink(settings.stateDirectory + "/" + name)
        }
    }

    /// They lie in another file system, so they are copied to where the state before is kept.
    private func removeStreams() throws {
        let files = FileManager.default
        for kind in ["streams", "stops"] {
            let directory = settings.runDirectory + "/" + kind
            for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
                if kind == "streams" {
                    let target = before + "/streams/" + name
                    try makeParent(of: target)
                    try? files.removeItem(atPath: target)
                    try files.copyItem(atPath: directory + "/" + name, toPath: target)
                }
                unlink(directory + "/" + name)
            }
        }
    }

    /// - Returns: `nil` when there was no state before.
    private func nameBefore() throws -> String? {
        guard try !FileManager.default.contentsOfDirectory(atPath: before).isEmpty else {
            return nil
        }
        var time = UnixTime.milliseconds
        func path() -> String {
            "\(settings.stateDirectory)/before-restore-\(CompactTime.text(of: time))"
        }
        while exists(path()) { time += 1000 }
        let target = path()
        try move(before, to: target)
        try syncDisk()
        return target
    }
}

/// Files.
extension Restoration {
    private var databaseFiles: [String] {
        ["", "-wal"].map { BackupManifest.databaseName + $0 }
    }

    /// With `media/` before each name.
    private func mediaFiles(in state: String) throws -> [String] {
        try MediaTree(path: state + "/" + BackupManifest.mediaName).entries()
            .filter { !$0.isDirectory }.map { BackupManifest.mediaName + "/" + $0.name }
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func move(_ source: String, to target: String) throws {
        guard rename(source, target) == 0 else { throw SystemError("rename \(source)") }
    }

    /// Does nothing when it is there.
    private func makeDirectory(_ path: String, _ mode: mode_t, _ owner: FileOwner) throws {
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw SystemError("mkdir \(path)") }
            return
        }
        try owner.take(path)
        guard chmod(path, mode) == 0 else { throw SystemError("chmod \(path)") }
    }

    /// In `before`, for the service.
    private func makeParent(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), !exists(String(path[..<slash])) else { return }
        try makeParent(of: String(path[..<slash]))
        try makeDirectory(String(path[..<slash]), 0o700, FileOwner(of: work))
    }

    /// Returns when everything so far is on the disk.
    private func syncDisk() throws {
        let directory = try File(reading: settings.stateDirectory)
        guard clinux_syncfs(directory.descriptor) == 0 else { throw SystemError("syncfs") }
    }
}
