import FoundationEssentials
import Glibc
import HTTPTypes
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

@Suite struct StorageFaultTests {
    private let directory: String
    private let settings: Settings

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path
            + "/atelier-fault-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        settings = try Settings(environment: ["ATELIER_STATE": directory, "ATELIER_RUN": directory])
        { _ in "" }
    }

    private func newSlot() -> ProductSlot {
        ProductSlot(
            settings: settings,
            scoreboard: Scoreboard(role: .worker, runDirectory: settings.runDirectory),
            logger: Workbench.silentLogger)
    }

    private func status(_ slot: ProductSlot, _ path: String) -> Int {
        slot.respond(to: Request(id: "r", method: .get, path: path)).status.code
    }

    @Test("A worker without its database lives, says so, and recovers")
    func missingDatabase() throws {
        let slot = newSlot()
        try slot.open()
        #expect(status(slot, "/api/v1/health/live") == 200)
        #expect(status(slot, "/api/v1/health") == 503)
        #expect(status(slot, "/api/v1/conversations") == 503)
        _ = try Installation(settings: settings, logger: Workbench.silentLogger).prepare()
        for _ in 0..<1000 where status(slot, "/api/v1/health") != 200 { sleep(milliseconds: 10) }
        #expect(status(slot, "/api/v1/health") == 200)
        #expect(status(slot, "/api/v1/conversations") == 401)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func aFileThatIsNoDatabaseIsOutOfReachToo() throws {
        try "this is not a database, it is a text of some length".write(
            toFile: settings.databasePath, atomically: false, encoding: .utf8)
        let slot = newSlot()
        try slot.open()
        #expect(status(slot, "/api/v1/health") == 503)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func aWorkerWaitsWhileABackupIsRestored() throws {
        _ = try Installation(settings: settings, logger: Workbench.silentLogger).prepare()
        let slot = newSlot()
        var use = try UseLock.alone(with: settings.databasePath)
        try #require(use != nil)
        try slot.open()
        #expect(status(slot, "/api/v1/health") == 503)
        use = nil
        for _ in 0..<1000 where status(slot, "/api/v1/health") != 200 { sleep(milliseconds: 10) }
        #expect(status(slot, "/api/v1/health") == 200)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("A worker refuses a schema it does not know")
    func unknownSchema() throws {
        _ = try Installation(settings: settings, logger: Workbench.silentLogger).prepare()
        try Migrations(Schema.migrations + ["SELECT 1"]).apply(
            to: Database(path: settings.databasePath))
        let slot = newSlot()
        #expect(throws: (any Error).self) { try slot.open() }
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test(
        "Where there was a database no new one is made in its place",
        arguments: ["app.db-wal", "media", "models", "restore.partial", "key", "database-made"],
        [false, true])
    func lostDatabase(remains: String, isEmptyFile: Bool) throws {
        let settings = try Settings(environment: [
            "ATELIER_STATE": directory, "ATELIER_RUN": directory + "/run",
            "ATELIER_TOKEN_KEY_FILE": directory + "/key", "CREDENTIALS_DIRECTORY": directory + "/c",
            "ATELIER_CONFIGURATION": directory + "/atelier.env",
        ]) { _ in throw CancellationError() }
        let installation = Installation(settings: settings, logger: Workbench.silentLogger)
        let path = directory + "/" + remains
        try "0123456789abcdef0123456789abcdef".write(
            toFile: path, atomically: false, encoding: .utf8)
        if isEmptyFile {
            try "".write(toFile: settings.databasePath, atomically: false, encoding: .utf8)
        }
        let failure = #expect(throws: (any Error).self) { try installation.prepare() }
        for part in [settings.databasePath, path, "atelier restore", "To begin anew"] {
            #expect(failure.map { "\($0)" }?.contains(part) == true)
        }
        var status = stat()
        #expect(stat(settings.databasePath, &status) == (isEmptyFile ? 0 : -1))
        #expect(status.st_size == 0)
        try FileManager.default.removeItem(atPath: path)
        #expect(try installation.prepare() != nil)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func preparingTwiceChangesNothing() throws {
        let installation = Installation(settings: settings, logger: Workbench.silentLogger)
        let first = try installation.prepare()
        #expect(first?.email == "admin@localhost")
        #expect(try installation.prepare() == nil)
        try FileManager.default.removeItem(atPath: directory)
    }
}
