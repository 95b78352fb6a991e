import Crypto
import FoundationEssentials
import Glibc
import HTTPTypes
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite struct SessionTests {
    let bench: Workbench
    private let database: Database

    init() throws {
        bench = try Workbench()
        database = try Product.openDatabase(bench.settings, WriteQueue())
    }

    private func refresh(_ client: Client, _ token: String?) -> Answer {
        client.post("/auth/refresh", #"{"refresh_token":"\#(token ?? "")"}"#)
    }

    /// Makes every exchange so far longer ago.
    private func letPass(milliseconds: Int) throws {
        try database.write {
            _ = try $0.execute("UPDATE refresh_tokens SET used_ms = used_ms - \(milliseconds)")
        }
    }

    private func count(_ table: Query) throws -> Int {
        try database.read { try $0.value("SELECT count(*) FROM \(table)") ?? 0 }
    }

    // MARK: Refresh

    @Test("A refresh whose answer is lost is asked for again, and the session goes on")
    func lostRefresh() throws {
        let ada = try bench.register("ada@example.org")
        let lost = refresh(ada, ada.refreshToken)
        let second = refresh(ada, ada.refreshToken)
        #expect(second.status == 200)
        #expect(try second.field("refresh_token") == lost.field("refresh_token"))
        let third = refresh(ada, try second.field("refresh_token"))
        #expect(third.status == 200)
        var renewed = ada
        renewed.token = try third.field("access_token")
        #expect(renewed.get("/users/me").status == 200)
    }

    @Test(
        "So it does when the clock has been set back meanwhile",
        arguments: [1_200_000, 172_800_000])
    func lostRefreshAfterClockSetBack(milliseconds: Int) throws {
        let ada = try bench.register("ada@example.org")
        let token: String = try refresh(ada, ada.refreshToken).field("refresh_token")
        try letPass(milliseconds: -milliseconds)
        let lost = refresh(ada, token)
        let second = refresh(ada, token)
        #expect(second.status == 200)
        #expect(try second.field("refresh_token") == lost.field("refresh_token"))
        #expect(refresh(ada, try second.field("refresh_token")).status == 200)
        #expect(refresh(ada, ada.refreshToken).code == "session_revoked", "an old one is still one")
    }

    @Test("Twenty refreshes at once with the same token all get the same one")
    func racingRefreshes() throws {
        let ada = try bench.register("ada@example.org")
        let other = try bench.secondWorker()
        let answers = Monitor<[Answer]>([])
        let threads = (0..<20).map { number in
            JoinableThread {
                var client = ada
                if number % 2 == 0 { client = Client(product: other, token: ada.token) }
                let answer = refresh(client, ada.refreshToken)
                answers.withLock { $0.append(answer) }
            }
        }
        for thread in threads { thread.join() }
        let all = answers.withLock { $0 }
        #expect(all.allSatisfy { $0.status == 200 })
        #expect(Set(try all.map { try $0.field("refresh_token", as: String.self) }).count == 1)
        #expect(refresh(ada, try all[0].field("refresh_token")).status == 200)
    }

    @Test("A refresh token that comes back after its successor was used ends the session")
    func reuse() throws {
        let ada = try bench.register("ada@example.org")
        let successor: String = try refresh(ada, ada.refreshToken).field("refresh_token")
        let next: String = try refresh(ada, successor).field("refresh_token")
        let reused = refresh(ada, ada.refreshToken)
        #expect(reused.status == 401)
        #expect(reused.code == "session_revoked")
        #expect(refresh(ada, next).status == 401)
        #expect(ada.get("/users/me").code == "session_revoked")
    }

    @Test("A refresh token that comes back after a minute ends the session")
    func lateReuse() throws {
        let ada = try bench.register("ada@example.org")
        _ = refresh(ada, ada.refreshToken)
        try letPass(milliseconds: 61_000)
        #expect(refresh(ada, ada.refreshToken).code == "session_revoked")
        #expect(ada.get("/users/me").code == "session_revoked")
    }

    @Test("Used refresh tokens are not kept, and one that is long gone still ends the session")
    func pruning() throws {
        let ada = try bench.register("ada@example.org")
        var token = try #require(ada.refreshToken)
        for _ in 0..<50 {
            token = try refresh(ada, token).field("refresh_token")
            try letPass(milliseconds: 61_000)
        }
        #expect(try count("refresh_tokens") <= 3)
        #expect(ada.get("/users/me").status == 200)
        #expect(refresh(ada, ada.refreshToken).code == "session_revoked")
        #expect(ada.get("/users/me").code == "session_revoked")
    }

    @Test(arguments: ["", "atr_", "atr_.", "atr_a.b", "atr_a.b.c", "x", "ätr_ü.ö"])
    func aTokenThatIsNoneEndsNothing(token: String) throws {
        let ada = try bench.register("ada@example.org")
        #expect(refresh(ada, token).status == 401)
        #expect(ada.get("/users/me").status == 200)
    }

    @Test(
        "A clock that was set back signs nobody out, whether at once or after an answer was lost",
        arguments: [20 * 60_000, 2 * 24 * 60 * 60_000], [1, 2])
    func clockSetBack(milliseconds: Int, renewals: Int) throws {
        let ada = try bench.register("ada@example.org")
        var token = try #require(ada.refreshToken)
        for _ in 0..<renewals {
            token = try refresh(ada, token).field("refresh_token")
        }
        // As if all that was later than it is now.
        try letPass(milliseconds: -milliseconds)
        let lost = refresh(ada, token)
        let again = refresh(ada, token)
        #expect(lost.status == 200 && again.status == 200)
        #expect(ada.get("/users/me").status == 200)
        #expect(refresh(ada, try again.field("refresh_token")).status == 200)
        // And a thief is still noticed.
        #expect(refresh(ada, token).code == "session_revoked")
    }

    @Test("A refresh whose answer is lost is good again though the clock is set back just then")
    func clockSetBackBetween() throws {
        let ada = try bench.register("ada@example.org")
        let lost = refresh(ada, ada.refreshToken)
        try letPass(milliseconds: -20 * 60_000)
        let again = refresh(ada, ada.refreshToken)
        #expect(again.status == 200)
        #expect(try again.field("refresh_token") == lost.field("refresh_token"))
        try letPass(milliseconds: 61_000)
        #expect(refresh(ada, ada.refreshToken).code == "session_revoked")
    }

    // MARK: Signing out

    /// The same claims, signed at another time.
    private func token(of client: Client, expiringIn seconds: Int64) throws -> String {
        let store = AccountStore(database: database)
        let secret = try KeyFile.secret(of: bench.settings, logger: Workbench.silentLogger)
        let instance = try #require(try store.instance())
        let signer = AccessTokenSigner(
            key: InstanceKeys(secret: secret, salt: instance.salt)[.accessTokens])
        let now = Int64(UnixTime.milliseconds / 1000)
        let claims = try signer.authenticate(try #require(client.token), now: now)
        return signer.sign(
            AccessClaims(
                subject: claims.subject, session: claims.session, expires: now + seconds), now: now)
    }

    @Test("A page left open signs out: by an access token that has expired")
    func signOutWithAnExpiredToken() throws {
        var ada = try bench.register("ada@example.org")
        ada.token = try token(of: ada, expiringIn: -60)
        #expect(ada.get("/users/me").code == "token_expired")
        #expect(ada.post("/auth/logout").status == 204)
        #expect(
            try count("sessions WHERE user_id <> (SELECT id FROM users WHERE role = 'admin')") == 0)
    }

    @Test("A page left open signs out: by its refresh cookie alone, which goes as well")
    func signOutByCookie() throws {
        let ada = try bench.register("ada@example.org")
        let cookies = "__Host-atelier_refresh=\(ada.refreshToken ?? "")"
        let answer = Client(product: bench.product).post(
            "/auth/logout", headers: [.cookie: cookies])
        #expect(answer.status == 204)
        let removed = answer.headers[values: .setCookie].filter { $0.contains("Max-Age=0") }
        #expect(removed.count == 2)
        #expect(ada.get("/users/me").code == "session_revoked")
    }

    @Test("Signing out without a session is no failure, and leaves no cookie")
    func signOutWithoutASession() throws {
        let answer = Client(product: bench.product).post(
            "/auth/logout", headers: [.cookie: "__Host-atelier_access=x; __Host-atelier_refresh=y"])
        #expect(answer.status == 204)
        #expect(answer.headers[values: .setCookie].count == 2)
    }

    @Test func signingOutEverywhereElse() throws {
        let here = try bench.register("ada@example.org")
        let others = try (0..<7).map { _ in
            try bench.signIn(email: "ada@example.org", password: "long enough")
        }
        let stranger = try bench.register("bob@example.org")
        #expect(try here.delete("/users/me/sessions").field("ended", as: Int.self) == 7)
        #expect(others.allSatisfy { $0.get("/users/me").code == "session_revoked" })
        #expect(here.get("/users/me").status == 200)
        #expect(stranger.get("/users/me").status == 200)
    }

    @Test func deletingTheAccountRemovesTheCookies() throws {
        let ada = try bench.register("ada@example.org")
        let answer = ada.delete("/users/me", #"{"password":"long enough"}"#)
        #expect(answer.headers[values: .setCookie].count { $0.contains("Max-Age=0") } == 2)
    }

    // MARK: Two people, one browser

    @Test("What a page sends is refused once its browser is another person's")
    func anotherPersonsPage() throws {
        let ada = try bench.register("ada@example.org")
        let bob = try bench.register("bob@example.org")
        let adasPage: HTTPFields = [
            HTTPField.Name("Atelier-User")!: try ada.get("/users/me").field("id")
        ]
        #expect(ada.post("/conversations", headers: adasPage).status == 201)
        let refused = bob.post("/conversations", headers: adasPage)
        #expect(refused.status == 409)
        #expect(refused.code == "signed_in_as_another")
        #expect(bob.get("/conversations", headers: adasPage).code == "signed_in_as_another")
        #expect(bob.post("/auth/logout", headers: adasPage).code == "signed_in_as_another")
        #expect(bob.get("/users/me").status == 200)
    }

    // MARK: Keys

    @Test("A token that says it is good for longer than ours are is not believed")
    func longLivedToken() throws {
        var ada = try bench.register("ada@example.org")
        ada.token = try token(of: ada, expiringIn: 15 * 60)
        #expect(ada.get("/users/me").status == 200)
        ada.token = try token(of: ada, expiringIn: 24 * 60 * 60)
        #expect(ada.get("/users/me").code == "token_expired")
    }

    @Test(
        "A copy of the database signs in as nobody: it has no key, and ids and tokens only as hashes"
    )
    func copyOfTheDatabase() throws {
        let ada = try bench.register("ada@example.org")
        try database.checkpoint()
        let bytes = try Data(contentsOf: URL(filePath: bench.settings.databasePath))
        let copy = String(decoding: bytes, as: UTF8.self)
        let key = try KeyFile.secret(of: bench.settings, logger: Workbench.silentLogger)
        #expect(!copy.contains(key))
        let refreshToken = try #require(ada.refreshToken)
        for part in refreshToken.dropFirst(4).split(separator: ".") {
            #expect(!copy.contains(part))
        }
        // With every key that stands in it, a token is still not ours.
        let stored = try database.read {
            try $0.all("SELECT token_key FROM instance UNION SELECT key_salt FROM instance") {
                try $0[0, as: [UInt8].self]
            }
        }
        let now = Int64(UnixTime.milliseconds / 1000)
        let ids = try database.read {
            try $0.all("SELECT id FROM sessions") { try $0[0, as: String.self] }
        }
        for (key, id) in stored.flatMap({ key in ids.map { (key, $0) } }) {
            var thief = Client(product: bench.product)
            thief.token = AccessTokenSigner(key: SymmetricKey(data: key)).sign(
                AccessClaims(subject: "x", session: id, expires: now + 600), now: now)
            #expect(thief.get("/users/me").status == 401)
        }
        // Not even with the real key is an id of the database a session.
        for id in ids {
            var thief = Client(product: bench.product)
            thief.token = id
            #expect(thief.get("/users/me").status == 401)
        }
    }

    @Test("Several processes that start at once agree on one key, for the owner alone")
    func keyFile() throws {
        let path = bench.settings.stateDirectory + "/key-\(UInt64.random(in: 0 ... .max))"
        let found = Monitor<[String]>([])
        let threads = (0..<16).map { _ in
            JoinableThread {
                let secret = (try? KeyFile(path: path).secret()) ?? "none"
                found.withLock { $0.append(secret) }
            }
        }
        for thread in threads { thread.join() }
        #expect(Set(found.withLock { $0 }).count == 1)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let beside = try FileManager.default.contentsOfDirectory(
            atPath: bench.settings.stateDirectory)
        #expect(!beside.contains { $0.hasPrefix("key-") && !path.hasSuffix($0) })
    }

    @Test(
        "A key that cannot be random stops the start, and says so",
        arguments: [
            "abc\n", "", String(repeating: "\0", count: 65), String(repeating: " ", count: 64),
            String(repeating: "a", count: 64), String(repeating: "changeme", count: 8),
            "0123456789abcdef0123456789abcdef" + String(repeating: "\0", count: 32),
        ])
    func weakKey(text: String) throws {
        let path = bench.settings.stateDirectory + "/weak"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: KeyFile.Failure.self) { try KeyFile(path: path).secret() }
        guard text.contains(where: { !$0.isWhitespace }) else { return }
        let faults = #expect(throws: Settings.Faults.self) {
            try Settings(environment: ["ATELIER_TOKEN_KEY": text]) { _ in "" }
        }
        #expect(faults?.description.contains("ATELIER_TOKEN_KEY") == true)
    }
}
