import Archive
import FoundationEssentials
import Glibc
import SQL
import TestSupport
import Testing

@testable import Atelier

/// A state directory with a prepared database, and a place for its backups.
private final class Place: Sendable {
    let path: String
    let settings: Settings
    var state: String { settings.stateDirectory }

    init(_ name: String = "a", beside other: Place? = nil, keep: Int = 14) throws {
        let root =
            other?.path
            ?? FileManager.default.temporaryDirectory.path
            + "/atelier-backup-\(UInt64.random(in: 0 ... .max))"
        path = root
        for directory in ["state", "run"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(name)/\(directory)", withIntermediateDirectories: true)
        }
        settings = try Settings(environment: [
            "ATELIER_STATE": "\(root)/\(name)/state", "ATELIER_RUN": "\(root)/\(name)/run",
            "ATELIER_BACKUPS": "\(root)/backups", "ATELIER_BACKUP_KEEP": "\(keep)",
            "ATELIER_ADMIN_PASSWORD": Workbench.adminPassword,
        ]) { _ in "" }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func prepare() throws {
        _ = try Installation(settings: settings, logger: Workbench.silentLogger).prepare()
    }

    func database() throws -> Database { try Product.openDatabase(settings, WriteQueue()) }

    /// Adds a conversation, so that two states differ.
    func addConversation(_ title: String) throws {
        try database().write { connection in
            try connection.execute(
                """
                INSERT INTO conversations
                    (id, user_id, title, title_source, created_ms, updated_ms)
                SELECT \(title), id, \(title), 'text', 1, 1 FROM users
                """)
        }
    }

    func titles() throws -> [String] {
        try database().read { connection in
            try connection.all("SELECT title FROM conversations ORDER BY title") { try $0[0] }
        }
    }

    func write(_ text: String, to file: String, in directory: String? = nil) throws {
        let target = (directory ?? state) + "/" + file
        let parent = target[..<target.lastIndex(of: "/")!]
        try FileManager.default.createDirectory(
            atPath: String(parent), withIntermediateDirectories: true)
        try text.write(toFile: target, atomically: false, encoding: .utf8)
    }

    func text(_ file: String) -> String? {
        try? String(contentsOfFile: state + "/" + file, encoding: .utf8)
    }

    var backups: [String] {
        get throws { try BackupDirectory(settings.backupDirectory).files() }
    }

    func list(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @discardableResult
    func backUp(verifying: Bool = false) throws -> String {
        try Backup(settings: settings).make(verifying: verifying)
    }

    func restore(_ file: String) throws -> Restoration.Outcome {
        try Restoration(settings: settings).restore(file)
    }

    var record: BackupRecord? { BackupRecord.read(from: state) }
}

private func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

@Suite(.timeLimit(.minutes(2))) struct BackupTests {
    private let place: Place

    init() throws {
        place = try Place()
        try place.prepare()
        try place.addConversation("one")
    }

    @Test func aBackupIsPrivateAndRecorded() throws {
        let open = try place.database()
        let file = try place.backUp(verifying: true)
        #expect(mode(of: file) == 0o600)
        #expect(mode(of: place.settings.backupDirectory) == 0o700)
        #expect(
            try place.list(place.settings.backupDirectory) == [
                String(file.split(separator: "/").last!)
            ])
        var status = stat()
        try #require(stat(file, &status) == 0)
        let record = try #require(place.record)
        #expect(record.file == file && record.bytes == Int(status.st_size))
        #expect(record.verified && record.error == nil && record.finished >= record.started)
        withExtendedLifetime(open) {}
    }

    @Test func whatIsRestoredIsWhatWasBackedUp() throws {
        try place.write("a picture", to: "media/ab/picture")
        try place.write("half of one", to: "media/ab/.unfinished")
        let file = try place.backUp()
        try place.addConversation("two")
        try place.write("another", to: "media/cd/another")
        unlink(place.state + "/media/ab/picture")
        let outcome = try place.restore(file)
        #expect(try place.titles() == ["one"])
        #expect(place.text("media/ab/picture") == "a picture")
        #expect(place.text("media/cd/another") == nil)
        #expect(!outcome.needsMigration)
        let kept = try #require(outcome.kept)
        #expect(try Database.inspect(kept + "/app.db", thoroughly: true).rows["conversations"] == 2)
        #expect(
            try String(contentsOfFile: kept + "/media/cd/another", encoding: .utf8) == "another")
        #expect(access(place.state + "/restore.partial", F_OK) != 0)
    }

    @Test func aLostServerIsRestoredFromNothing() throws {
        try place.write("a picture", to: "media/picture")
        let file = try place.backUp()
        let other = try Place("b", beside: place)
        let outcome = try other.restore(file)
        #expect(outcome.kept == nil)
        #expect(try other.titles() == ["one"])
        #expect(other.text("media/picture") == "a picture")
        #expect(mode(of: other.settings.databasePath) == 0o600)
    }

    @Test("A damaged database is replaced and kept as it was", arguments: ["nonsense", "cut"])
    func damaged(how: String) throws {
        let file = try place.backUp()
        if how == "cut" {
            try #require(truncate(place.settings.databasePath, 5000) == 0)
        } else {
            try place.write("no database at all, but a text", to: "app.db")
        }
        let before = try Data(contentsOf: URL(filePath: place.settings.databasePath))
        let kept = try #require(try place.restore(file).kept)
        #expect(try place.titles() == ["one"])
        #expect(try Data(contentsOf: URL(filePath: kept + "/app.db")) == before)
    }

    @Test("Nobody restores while somebody uses the state", arguments: ["worker", "backup"])
    func inUse(by user: String) throws {
        let file = try place.backUp()
        let database = user == "worker" ? try place.database() : nil
        let use = user == "backup" ? try UseLock.shared(by: place.settings.databasePath) : nil
        let failure = try #require(throws: BackupFailure.self) { try place.restore(file) }
        #expect(failure.description.contains("Stop them first"))
        #expect(try place.list(place.state).allSatisfy { !$0.contains("restore") })
        withExtendedLifetime((database, use)) {}
    }

    @Test func whileARestoreRunsNobodyUsesTheState() throws {
        let use = try UseLock.alone(with: place.settings.databasePath)
        try #require(use != nil)
        let error = #expect(throws: SQLError.self) { try place.database() }
        #expect(error?.kind == .busy)
        #expect(throws: BackupFailure.self) { try place.backUp() }
        withExtendedLifetime(use) {}
    }

    @Test func aBackupOfANewerSchemaIsRefused() throws {
        try Migrations(Schema.migrations + ["CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT"])
            .apply(to: Database(path: place.settings.databasePath))
        let file = try place.backUp()
        let other = try Place("b", beside: place)
        try other.prepare()
        let failure = try #require(throws: BackupFailure.self) { try other.restore(file) }
        #expect(failure.description.contains("schema version \(Schema.migrations.count + 1)"))
        #expect(try other.titles() == [])
        #expect(try other.list(other.state).allSatisfy { !$0.contains("restore") })
    }

    @Test("A restore ends all sessions and changes all keys: what had ended does not come back")
    func nobodyIsSignedInAfterARestore() throws {
        let store = AccountStore(database: try place.database())
        let admin = try #require(try store.users(email: "admin@localhost").first).user
        let now = UnixTime.milliseconds
        let secrets = (0..<3).map { _ in SessionSecret.random(readableByOldPrograms: false) }
        for secret in secrets {
            try store.add(
                Session(id: secret.id, userID: admin.id, userAgent: "", address: "", now: now),
                token: RefreshToken(of: secret), now: now)
        }
        let salt = try store.instance()?.salt
        let file = try place.backUp()
        let other = try Place("b", beside: place)
        let outcome = try other.restore(file)
        #expect(outcome.endedSessions == 3)
        let restored = AccountStore(database: try other.database())
        #expect(try secrets.allSatisfy { try restored.holder(of: $0, now: now) == nil })
        #expect(try restored.instance()?.salt != salt && restored.instance()?.salt != nil)
        #expect(try restored.users(email: "admin@localhost").count == 1)
    }

    @Test("The key of before, which a backup may hold, does not come back either")
    func aBackupFromWhenTheKeyWasInTheDatabase() throws {
        let old = try Place("b", beside: place)
        let database = try Database(path: old.settings.databasePath)
        try Migrations([Schema.migrations[0]]).apply(to: database)
        let key = [UInt8](repeating: 7, count: 32)
        try database.write {
            _ = try $0.execute("INSERT INTO instance (id, token_key) VALUES (1, \(key))")
        }
        let file = try old.backUp()
        let outcome = try place.restore(file)
        #expect(outcome.needsMigration)
        try place.prepare()
        let instance = try #require(try AccountStore(database: place.database()).instance())
        #expect(instance.oldKey == nil && instance.salt.count == 32)
    }

    @Test func aBackupOfAnOlderSchemaNeedsAMigration() throws {
        let old = try Place("b", beside: place)
        _ = try Database(path: old.settings.databasePath)
        #expect(try place.restore(old.backUp()).needsMigration)
    }

    @Test func liveStreamsOfBeforeAreNotTakenForThoseOfTheRestoredState() throws {
        let file = try place.backUp()
        let run = place.settings.runDirectory
        try place.write("words", to: "streams/generation", in: run)
        try place.write("", to: "stops/generation", in: run)
        let kept = try #require(try place.restore(file).kept)
        #expect(try place.list(run + "/streams") == [] && place.list(run + "/stops") == [])
        #expect(
            try String(contentsOfFile: kept + "/streams/generation", encoding: .utf8) == "words")
    }

    @Test func onlyTheNewestAreKept() throws {
        let place = try Place("b", beside: place, keep: 3)
        try place.prepare()
        let old = (1...4).map { "\(place.path)/backups/atelier-2020010\($0)T000000Z.tar.zst" }
        let other = place.path + "/backups/atelier-notes.txt"
        try FileManager.default.createDirectory(
            atPath: place.path + "/backups", withIntermediateDirectories: true)
        for file in old + [other] {
            try "old".write(toFile: file, atomically: false, encoding: .utf8)
        }
        let made = try place.backUp()
        #expect(try place.backups == [made, old[3], old[2]])
        #expect(access(other, F_OK) == 0)
    }

    @Test func aFailedBackupRemovesNothingAndIsRecorded() throws {
        let place = try Place("b", beside: place, keep: 1)
        try place.prepare()
        let first = try place.backUp()
        unlink(place.settings.databasePath)
        #expect(throws: BackupFailure.self) { try place.backUp() }
        #expect(
            try place.list(place.settings.backupDirectory) == [
                String(first.split(separator: "/").last!)
            ])
        let record = try #require(place.record)
        #expect(record.file == nil && record.error?.isEmpty == false && !record.verified)
    }

    @Test func aDatabaseWhoseForeignKeysAreBrokenIsNotBackedUp() throws {
        try place.database().write { connection in
            try connection.execute("PRAGMA defer_foreign_keys = ON")
        }
        let tool = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            database.execute("UPDATE conversations SET user_id = 'nobody'")
            database.commit()
            """
        try #require(
            system(
                "python3 -c '\(tool.replacing("'", with: "'\\''"))' '\(place.settings.databasePath)'"
            ) == 0)
        let failure = try #require(throws: BackupFailure.self) { try place.backUp() }
        #expect(failure.description.contains("conversations"))
        #expect(try place.backups == [])
    }

    @Test func twoBackupsAtOnceAreOneTooMany() throws {
        try place.backUp()
        let before = place.record
        try BackupDirectory(place.settings.backupDirectory).alone {
            let failure = try #require(throws: BackupFailure.self) { try place.backUp() }
            #expect(failure.description.contains("Another backup"))
        }
        #expect(try place.backups.count == 1)
        #expect(place.record == before)
    }

    @Test func twoBackupsInOneSecondHaveTwoNames() throws {
        let files = [try place.backUp(), try place.backUp(), try place.backUp()]
        #expect(try place.backups == files.reversed())
    }

    @Test func aDirectoryThatAnybodyMayWriteToIsRefused() throws {
        try FileManager.default.createDirectory(
            atPath: place.settings.backupDirectory, withIntermediateDirectories: true)
        try #require(chmod(place.settings.backupDirectory, 0o777) == 0)
        let failure = try #require(throws: BackupFailure.self) { try place.backUp() }
        #expect(failure.description.contains("chmod o-w"))
        #expect(place.record?.error == failure.description)
    }

    @Test func aMemberThatIsDamagedIsNamed() throws {
        try place.write(String(repeating: "picture ", count: 10_000), to: "media/ab/picture")
        let file = try place.backUp()
        let whole = try Data(contentsOf: URL(filePath: file))
        var failures: [String] = []
        for position in stride(from: 100, to: whole.count, by: whole.count / 40) {
            var damaged = whole
            damaged[position] ^= 0x10
            try damaged.write(to: URL(filePath: file))
            // A few bits mean nothing: the content is found to be as it was then.
            do { _ = try BackupArchive(file).verify(in: place.path) } catch {
                failures.append("\(error)")
            }
        }
        #expect(failures.count > 35)
        #expect(failures.contains { $0.contains("in app.db") })
        #expect(try place.list(place.path).allSatisfy { !$0.contains("verify") })
    }

    /// Members as a faulty or foreign program might write them.
    private func archive(_ members: [(name: String, text: String)]) throws -> BackupArchive {
        let path = place.path + "/made.tar.zst"
        unlink(path)
        var writer = ArchiveWriter(to: try File(creating: path, mode: 0o600))
        for member in members {
            try writer.add(
                Member(name: member.name, mode: 0o600, modified: 1), Array(member.text.utf8))
        }
        _ = try writer.finish()
        return BackupArchive(path)
    }

    private func manifest(_ files: [BackupManifest.File], format: Int = 1) throws -> String {
        String(
            decoding: try BackupManifest(
                format: format, program: "9", schema: 1, created: 1, files: files, rows: [:]
            ).encoded(), as: UTF8.self)
    }

    @Test(
        "An archive that is not as it should be is refused with a reason",
        arguments: [
            ("../../etc/passwd", "does not belong"), ("/etc/passwd", "does not belong"),
            ("media/../../x", "does not belong"), ("media/x", "checksum differs"),
            ("media/y", "media/x is missing; media/y is not in its manifest"),
            ("nothing", "manifest.json is missing"),
            ("format", "format 2"),
        ])
    func refused(name: String, reason: String) throws {
        let other = BackupManifest.File(name: "media/x", size: 1, sha256: "00")
        let archive =
            switch name {
            case "nothing": try archive([])
            case "format": try archive([("manifest.json", manifest([], format: 2))])
            default: try archive([(name, "x"), ("manifest.json", manifest([other]))])
            }
        let failure = try #require(throws: BackupFailure.self) {
            try archive.verify(in: place.path)
        }
        #expect(failure.description.contains(reason), "\(failure)")
    }

    @Test func otherRowsThanTheManifestTellsAreNoticed() throws {
        let copy = place.path + "/copy.db"
        try Database.copy(place.settings.databasePath, to: copy)
        let path = place.path + "/made.tar.zst"
        var packing = Packing(to: try File(creating: path, mode: 0o600), at: 1)
        try packing.add("app.db", from: copy)
        var rows = try Database.inspect(copy, thoroughly: true).rows
        rows["conversations"] = 2
        _ = try packing.finish(schema: Schema.migrations.count, rows: rows)
        let failure = try #require(throws: BackupFailure.self) {
            try BackupArchive(path).verify(in: place.path)
        }
        #expect(failure.description.contains("table conversations has 1 rows and had 2"))
    }

    @Test(
        "Root restores for the user of the service",
        .enabled(if: geteuid() == 0, "needs root"))
    func owners() throws {
        try place.write("a picture", to: "media/ab/picture")
        let file = try place.backUp()
        let other = try Place("b", beside: place)
        try other.write("another", to: "media/another")
        try #require(chown(other.state, 4321, 4322) == 0)
        try #require(chown(other.state + "/media", 4321, 4323) == 0)
        try #require(chmod(other.state + "/media", 0o2750) == 0)
        let kept = try #require(try other.restore(file).kept)
        let owners = [
            other.settings.databasePath: 4322, other.state + "/media/ab": 4323,
            other.state + "/media/ab/picture": 4323, kept: 4322,
        ]
        for (path, group) in owners {
            let owner = try FileOwner(of: path)
            #expect(owner.user == 4321 && Int(owner.group) == group, "\(path)")
        }
        #expect(mode(of: other.state + "/media/ab") == 0o2750)
        try other.backUp()
        #expect(try FileOwner(of: other.state + "/backup.json").user == 4321)
    }

    @Test func aKilledRestoreIsTidiedUpByTheNext() throws {
        let file = try place.backUp()
        let work = place.state + "/restore.partial"
        // Killed before the new database was in place: `before` has second names only.
        try place.write("x", to: "restore.partial/new/app.db")
        try FileManager.default.createDirectory(
            atPath: work + "/before", withIntermediateDirectories: true)
        try #require(link(place.settings.databasePath, work + "/before/app.db") == 0)
        _ = try place.restore(file)
        #expect(try place.list(place.state).filter { $0.hasPrefix("before-restore") }.count == 1)
        // Killed after it was: `before` has the only one.
        try place.write("the state before", to: "restore.partial/before/app.db")
        _ = try place.restore(file)
        let kept = try place.list(place.state).filter { $0.hasPrefix("before-restore") }
        #expect(kept.count == 3)
        #expect(kept.contains { place.text($0 + "/app.db") == "the state before" })
        #expect(try place.titles() == ["one"])
    }
}
