import Crypto
import FoundationEssentials
import HTTPTypes
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

/// An upgrade from when the key stood in the database, with workers of both programs for a while.
@Suite struct KeyUpgradeTests {
    private let directory: String
    private let settings: Settings
    private let oldKey = [UInt8](repeating: 7, count: 32)
    private let oldSession = UUIDv7.text()
    private let oldRefreshToken = "atr_" + String(repeating: "o", count: 43)

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path
            + "/atelier-upgrade-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory + "/run", withIntermediateDirectories: true)
        settings = try Settings(environment: [
            "ATELIER_STATE": directory, "ATELIER_RUN": directory + "/run",
            "ATELIER_TOKEN_KEY_FILE": directory + "/key",
            "ATELIER_ADMIN_PASSWORD": Workbench.adminPassword,
        ]) { _ in "" }
        let database = try Database(path: settings.databasePath)
        try Migrations([Schema.migrations[0]]).apply(to: database)
        let now = UnixTime.milliseconds
        try database.write { [oldKey, oldSession, oldRefreshToken] connection in
            try connection.execute("INSERT INTO instance (id, token_key) VALUES (1, \(oldKey))")
            try connection.execute(
                """
                INSERT INTO users (id, email, name, role, password_hash, created_ms)
                VALUES ('u', 'ada@example.org', 'Ada', 'user',
                    \(PasswordHash(password: "long enough").encoded), 1)
                """)
            try connection.execute(
                """
                INSERT INTO sessions VALUES
                    (\(oldSession), 'u', 'x', '192.0.2.1', \(now), \(now), \(now + 1_000_000))
                """)
            try connection.execute(
                """
                INSERT INTO refresh_tokens (hash, session_id)
                VALUES (\(OpaqueToken.hash(oldRefreshToken)), \(oldSession))
                """)
        }
        _ = try Installation(settings: settings, logger: Workbench.silentLogger).prepare()
    }

    private func newWorker() throws -> Product {
        let scoreboard = Scoreboard(role: .worker, runDirectory: settings.runDirectory)
        return try Product(
            settings: settings, scoreboard: scoreboard, writeQueue: scoreboard.writeQueue(),
            logger: Workbench.silentLogger)
    }

    /// What a worker of the old program makes of a token: it knows the old key and ids as they stand.
    private func isBelievedByAnOldWorker(_ token: String, _ database: Database) throws -> Bool {
        let now = Int64(UnixTime.milliseconds / 1000)
        let signer = AccessTokenSigner(key: SymmetricKey(data: oldKey))
        guard let claims = try? signer.verify(token, now: now) else { return false }
        return try database.read {
            try $0.value("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = \(claims.session))")
        } ?? false
    }

    private var tokenOfAnOldWorker: String {
        let now = Int64(UnixTime.milliseconds / 1000)
        return AccessTokenSigner(key: SymmetricKey(data: oldKey)).sign(
            AccessClaims(subject: "u", session: oldSession, expires: now + 900), now: now)
    }

    private func refresh(_ product: Product, _ token: String) -> Answer {
        Client(product: product).post("/auth/refresh", #"{"refresh_token":"\#(token)"}"#)
    }

    @Test("While old workers run, each believes what the other signs; nobody is signed out")
    func duringTheUpgrade() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Product.openDatabase(settings, WriteQueue())
        let product = try newWorker()
        #expect(Client(product: product, token: tokenOfAnOldWorker).get("/users/me").status == 200)
        let renewed = refresh(product, oldRefreshToken)
        #expect(renewed.status == 200)
        #expect(try isBelievedByAnOldWorker(renewed.field("access_token"), database))
        let signIn = Client(product: product).post(
            "/auth/login", #"{"email":"ada@example.org","password":"long enough"}"#)
        #expect(try isBelievedByAnOldWorker(signIn.field("access_token"), database))
        #expect(refresh(product, try signIn.field("refresh_token")).status == 200)
    }

    @Test("A session that gets its present id during a request is the caller's own all the same")
    func renamedMeanwhile() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = AccountStore(database: try Product.openDatabase(settings, WriteQueue()))
        let secret = SessionSecret(oldSession)
        let now = UnixTime.milliseconds
        let exchange = try store.exchange(
            RefreshToken(oldRefreshToken), now: now, keepsOldIDs: true
        ) { RefreshToken(of: $0) }
        guard case .renewed(_, _, let token) = exchange else {
            Issue.record("the session was not renewed")
            return
        }
        let id = try #require(try store.holder(of: secret, now: now)).sessionID
        #expect(id == oldSession)
        _ = try store.exchange(token, now: now, keepsOldIDs: false) { RefreshToken(of: $0) }
        #expect(try store.holder(of: secret, now: now)?.sessionID == secret.id)
        #expect(try store.endSessions(of: "u", but: id) == 0)
        try store.setPassword(of: "u", to: PasswordHash(password: "another one"), keeping: id)
        #expect(try store.hasSession(id, now: now))
        #expect(try store.endSession(id, of: "u"))
        #expect(try store.holder(of: secret, now: now) == nil)
    }

    @Test("An hour later the old key is believed no more, is gone, and no id of a session is left")
    func afterTheUpgrade() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Product.openDatabase(settings, WriteQueue())
        let during = try newWorker()
        let signIn = Client(product: during).post(
            "/auth/login", #"{"email":"ada@example.org","password":"long enough"}"#)
        let longAgo = UnixTime.milliseconds - 16 * 60_000
        try database.write {
            _ = try $0.execute("UPDATE instance SET old_key_until_ms = \(longAgo)")
        }
        let product = try newWorker()
        let forged = Client(product: product, token: tokenOfAnOldWorker)
        #expect(forged.get("/users/me").code == "unauthenticated")
        var tokens: [String] = [oldRefreshToken, try signIn.field("refresh_token")]
        for index in tokens.indices {
            // A lost answer on the way costs nothing.
            _ = refresh(product, tokens[index])
            for _ in 0..<2 {
                let answer = refresh(product, tokens[index])
                #expect(answer.status == 200)
                tokens[index] = try answer.field("refresh_token")
                let client = Client(product: product, token: try answer.field("access_token"))
                #expect(client.get("/users/me").status == 200)
            }
        }
        let left = try database.read { connection in
            (
                old: try connection.value("SELECT count(*) FROM sessions WHERE length(id) = 36")
                    ?? 0,
                key: try connection.value("SELECT token_key FROM instance", as: [UInt8].self)
            )
        }
        #expect(left.old == 0)
        #expect(left.key?.contains(7) == false)
    }
}
