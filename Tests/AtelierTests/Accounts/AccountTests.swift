import HTTPClient
import HTTPTypes
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

@Suite struct AccountTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test func registeringSignsIn() throws {
        let ada = try bench.register("Ada@Example.org")
        let me = ada.get("/users/me")
        #expect(me.status == 200)
        #expect(try me.field("email") == "ada@example.org")
        #expect(try me.field("role") == "user")
    }

    @Test func anAddressIsTakenOnce() throws {
        _ = try bench.register("ada@example.org")
        let second = Client(product: bench.product).post(
            "/auth/register", #"{"email":"ADA@example.org","password":"long enough","name":"Ada"}"#)
        #expect(second.status == 409)
        #expect(second.code == "email_taken")
    }

    @Test func registrationCanBeClosed() throws {
        let closed = try Workbench(registration: "closed")
        let answer = Client(product: closed.product).post(
            "/auth/register", #"{"email":"a@b.example","password":"long enough","name":"Ada"}"#)
        #expect(answer.status == 403)
        #expect(answer.code == "registration_closed")
        #expect(
            try Client(product: closed.product).get("/instance").field(
                "registration_open", as: Bool.self) == false)
    }

    @Test func anInstanceIsNewUntilSomebodyHasCome() throws {
        let stranger = Client(product: bench.product)
        #expect(try stranger.get("/instance").field("new", as: Bool.self))
        _ = try bench.register("ada@example.org")
        #expect(try !stranger.get("/instance").field("new", as: Bool.self))
    }

    @Test(
        "A draft that is not sound names its field",
        arguments: [
            (#"{"email":"nobody","password":"long enough","name":"A"}"#, "email"),
            (#"{"email":"a b@c.example","password":"long enough","name":"A"}"#, "email"),
            (#"{"email":"a@b.example","password":"short","name":"A"}"#, "password"),
            (#"{"email":"a@b.example","password":"long enough","name":"  "}"#, "name"),
        ])
    func unsoundDraft(json: String, field: String) throws {
        let answer = Client(product: bench.product).post("/auth/register", json)
        #expect(answer.status == 422)
        #expect(answer.code == "invalid_body")
        #expect(answer.text.contains(#""field":"\#(field)""#))
    }

    @Test("A wrong password and an unknown account are answered alike")
    func wrongCredentials() throws {
        _ = try bench.register("ada@example.org")
        let client = Client(product: bench.product)
        let wrong = client.post(
            "/auth/login", #"{"email":"ada@example.org","password":"wrong one"}"#)
        let unknown = client.post(
            "/auth/login", #"{"email":"bob@example.org","password":"wrong one"}"#)
        #expect(wrong.status == 401)
        #expect(wrong.code == "invalid_credentials")
        #expect(wrong.body.count == unknown.body.count && unknown.code == wrong.code)
    }

    @Test func refreshingRotates() throws {
        let ada = try bench.register("ada@example.org")
        let next = ada.post("/auth/refresh", #"{"refresh_token":"\#(ada.refreshToken ?? "")"}"#)
        #expect(next.status == 200)
        #expect(try next.field("refresh_token") != ada.refreshToken)
        var renewed = ada
        renewed.token = try next.field("access_token")
        #expect(renewed.get("/users/me").status == 200)
    }

    @Test func signingOutTakesEffectAtOnceAndOnlyHere() throws {
        let one = try bench.register("ada@example.org")
        let two = try bench.signIn(email: "ada@example.org", password: "long enough")
        #expect(one.post("/auth/logout").status == 204)
        #expect(one.get("/users/me").code == "session_revoked")
        #expect(two.get("/users/me").status == 200)
    }

    @Test func changingThePasswordEndsOtherSessions() throws {
        let one = try bench.register("ada@example.org")
        let two = try bench.signIn(email: "ada@example.org", password: "long enough")
        let wrong = one.post(
            "/users/me/password", #"{"current_password":"not it","new_password":"even longer"}"#)
        #expect(wrong.status == 422)
        #expect(two.get("/users/me").status == 200)
        #expect(
            one.post(
                "/users/me/password",
                #"{"current_password":"long enough","new_password":"even longer"}"#
            ).status == 204)
        #expect(one.get("/users/me").status == 200)
        #expect(two.get("/users/me").status == 401)
        _ = try bench.signIn(email: "ada@example.org", password: "even longer")
    }

    @Test func sessionsAreListedAndEnded() throws {
        let one = try bench.register("ada@example.org")
        let two = try bench.signIn(email: "ada@example.org", password: "long enough")
        struct Sessions: Decodable {
            struct Item: Decodable {
                let id: String
                let current: Bool
            }
            let items: [Item]
        }
        let items = try one.get("/users/me/sessions").json(Sessions.self).items
        #expect(items.count == 2 && items.count(where: \.current) == 1)
        let other = try #require(items.first { !$0.current })
        #expect(one.delete("/users/me/sessions/\(other.id)").status == 204)
        #expect(two.get("/users/me").status == 401)
        #expect(one.delete("/users/me/sessions/\(other.id)").status == 404)
    }

    @Test("An account goes piece by piece: out of use at once, and the jobs finish what is left")
    func removalInPieces() throws {
        let database = try bench.database()
        let ada = try bench.register("ada@example.org")
        let admin = try bench.signIn()
        for client in [ada, ada, admin] { _ = try client.newConversation() }
        func count(_ query: Query) throws -> Int { try database.read { try $0.value(query) ?? 0 } }
        try database.write {
            _ = try $0.execute(
                """
                CREATE TRIGGER broken BEFORE DELETE ON conversations
                WHEN (SELECT count(*) FROM conversations) = 2
                BEGIN SELECT RAISE(ABORT, 'broken'); END
                """)
        }
        #expect(ada.delete("/users/me", #"{"password":"long enough"}"#).status == 204)
        #expect(try count("SELECT count(*) FROM conversations") == 2, "one is gone already")
        #expect(ada.get("/users/me").code == "session_revoked")
        let signIn = Client(product: bench.product).post(
            "/auth/login", #"{"email":"ada@example.org","password":"long enough"}"#)
        #expect(signIn.code == "invalid_credentials")
        try database.write { _ = try $0.execute("DROP TRIGGER broken") }
        let end = Cancellation()
        let jobs = JobRunner(
            settings: bench.settings,
            scoreboard: Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory),
            logger: Workbench.silentLogger)
        let thread = JoinableThread { jobs.run(until: end) }
        for _ in 0..<1000 where try count("SELECT count(*) FROM users") > 1 {
            sleep(milliseconds: 10)
        }
        end.cancel()
        thread.join()
        #expect(try count("SELECT count(*) FROM conversations") == 1)
        #expect(try count("SELECT count(*) FROM users") == 1)
        _ = try bench.register("ada@example.org")
    }

    @Test func deletingTheAccountNeedsThePassword() throws {
        let ada = try bench.register("ada@example.org")
        #expect(ada.delete("/users/me", #"{"password":"not it at all"}"#).status == 422)
        #expect(ada.delete("/users/me", #"{"password":"long enough"}"#).status == 204)
        #expect(ada.get("/users/me").status == 401)
        _ = try bench.register("ada@example.org")
    }

    @Test(
        "A token that is not ours is refused",
        arguments: [
            "", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c",
            // {"alg":"none"}
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwic2lkIjoiYiIsImV4cCI6OTk5OTk5OTk5OX0.",
        ])
    func forgedToken(field: String) throws {
        let answer = Client(product: bench.product).get(
            "/users/me", headers: [.authorization: field])
        #expect(answer.status == 401)
        #expect(answer.code == "unauthenticated")
        #expect(answer.headers[.wwwAuthenticate] == "Bearer")
    }

    // MARK: Browsers

    private func cookies(of answer: Answer) -> String {
        answer.headers[values: .setCookie].compactMap {
            $0.split(separator: ";").first.map(String.init)
        }
        .joined(separator: "; ")
    }

    @Test func browsersGetCookiesThatNoScriptCanRead() throws {
        let answer = Client(product: bench.product).post(
            "/auth/login", #"{"email":"admin@localhost","password":"\#(Workbench.adminPassword)"}"#)
        let fields = answer.headers[values: .setCookie]
        #expect(fields.count == 3)
        for field in fields {
            #expect(field.hasPrefix("__Host-"))
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
                #expect(field.contains(attribute))
            }
        }
        let me = Client(product: bench.product).get(
            "/users/me", headers: [.cookie: cookies(of: answer)])
        #expect(me.status == 200)
    }

    @Test("A refresh by cookie tells no token to the page")
    func refreshByCookie() throws {
        let answer = Client(product: bench.product).post(
            "/auth/login", #"{"email":"admin@localhost","password":"\#(Workbench.adminPassword)"}"#)
        let client = Client(product: bench.product)
        let refreshed = client.send(.post, "/auth/refresh", headers: [.cookie: cookies(of: answer)])
        #expect(refreshed.status == 200)
        #expect(!refreshed.text.contains("token\":"))
        #expect(client.get("/users/me", headers: [.cookie: cookies(of: refreshed)]).status == 200)
    }

    @Test(
        "A write by cookie from another site is refused",
        arguments: [
            (["Sec-Fetch-Site": "cross-site"], 403), (["Sec-Fetch-Site": "same-site"], 403),
            (["Origin": "https://evil.example"], 403), (["Origin": "null"], 403),
            (["Origin": "https://atelier.example:8443"], 201),
            (["Sec-Fetch-Site": "same-origin", "Origin": "https://atelier.example:8443"], 201),
        ])
    func crossSite(fields: [String: String], status: Int) throws {
        let signIn = Client(product: bench.product).post(
            "/auth/login", #"{"email":"admin@localhost","password":"\#(Workbench.adminPassword)"}"#)
        var headers: HTTPFields = [
            .cookie: cookies(of: signIn), HTTPField.Name("Host")!: "atelier.example:8443",
        ]
        for (name, value) in fields { headers[HTTPField.Name(name)!] = value }
        let client = Client(product: bench.product)
        let answer = client.post("/conversations", "{}", headers: headers)
        #expect(answer.status == status)
        if status == 403 { #expect(answer.code == "cross_site") }
        #expect(client.get("/users/me", headers: headers).status == 200)
    }
}
