import FoundationEssentials
import HTTPTypes
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite struct SignInThrottleTests {
    let bench: Workbench
    private let database: Database

    init() throws {
        bench = try Workbench()
        database = try Product.openDatabase(bench.settings, WriteQueue())
    }

    private func signIn(
        _ email: String, _ password: String = "wrong one", from address: String,
        cookies: String? = nil
    ) -> Answer {
        var client = Client(product: bench.product)
        client.address = address
        return client.post(
            "/auth/login", #"{"email":"\#(email)","password":"\#(password)"}"#,
            headers: cookies.map { [.cookie: $0] } ?? [:])
    }

    /// However long the machine takes for the next attempt, it falls into the pause.
    private func lengthenPauses() throws {
        try database.write {
            _ = try $0.execute(
                """
                UPDATE sign_in_attempts SET failures = failures + 10
                WHERE failures >= CASE WHEN subject LIKE 'address:%' THEN 20 ELSE 5 END
                """)
        }
    }

    private func cookies(of answer: Answer) -> String {
        answer.headers[values: .setCookie].compactMap {
            $0.split(separator: ";").first.map(String.init)
        }
        .joined(separator: "; ")
    }

    @Test func guessingIsThrottledPerAccount() throws {
        _ = try bench.register("ada@example.org")
        for number in 0..<5 {
            #expect(signIn("ada@example.org", from: "192.0.2.\(number)").status == 401)
        }
        try lengthenPauses()
        let refused = signIn("Ada@Example.org.", "long enough", from: "192.0.2.99")
        #expect(refused.status == 429)
        #expect(refused.code == "too_many_attempts")
        #expect(refused.headers[.retryAfter] != nil)
        #expect(
            signIn("admin@localhost", Workbench.adminPassword, from: "192.0.2.98").status == 200)
    }

    @Test func guessingIsThrottledPerAddress() throws {
        for number in 0..<20 { _ = signIn("u\(number)@example.org", from: "198.51.100.7") }
        try lengthenPauses()
        #expect(signIn("new@example.org", from: "198.51.100.7").status == 429)
        #expect(signIn("new@example.org", from: "198.51.100.8").status == 401)
    }

    @Test("All addresses of one IPv6 network count as one")
    func networks() throws {
        for number in 0..<20 {
            _ = signIn("u\(number)@example.org", from: "2001:db8:1:2:\(number)::\(number)")
        }
        try lengthenPauses()
        #expect(signIn("new@example.org", from: "2001:db8:1:2:ffff::1").status == 429)
        #expect(signIn("new@example.org", from: "2001:db8:1:3::1").status == 401)
    }

    @Test(
        "What is one network",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("2001:db8:0:1::9", "2001:0DB8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::9", "2001:db8:0:2::9", false), ("unix:", "", false),
        ])
    func network(one: String, other: String, isSame: Bool) {
        #expect((NetworkAddress.network(of: one) == NetworkAddress.network(of: other)) == isSame)
    }

    @Test("A success clears its own account's failures and not those of the address")
    func successForgivesTheAccountAlone() throws {
        _ = try bench.register("mallory@example.org")
        for number in 0..<10 {
            let email = "victim\(number)@example.org"
            #expect(signIn(email, from: "203.0.113.5").status == 401)
            let own = signIn("mallory@example.org", "long enough", from: "203.0.113.5")
            #expect(own.status == 200)
        }
        let failures = try database.read {
            try $0.all("SELECT failures FROM sign_in_attempts WHERE subject LIKE 'address:%'") {
                try $0[0, as: Int.self]
            }
        }
        #expect(failures == [10])
    }

    @Test("Whoever signs in often does not run out of tries")
    func successesDoNotCount() throws {
        _ = try bench.register("ada@example.org")
        for _ in 0..<30 {
            #expect(signIn("ada@example.org", "long enough", from: "203.0.113.6").status == 200)
        }
    }

    @Test("A stranger's guesses do not keep the owner out of a browser they have used before")
    func knownDevices() throws {
        _ = try bench.register("ada@example.org")
        let before = signIn("ada@example.org", "long enough", from: "192.0.2.1")
        let device = cookies(of: before)
        // From everywhere, and from the owner's own address.
        for number in 0..<40 { _ = signIn("ada@example.org", from: "192.0.2.\(number % 5)") }
        for number in 0..<40 { _ = signIn("u\(number)@example.org", from: "192.0.2.1") }
        try lengthenPauses()
        #expect(signIn("ada@example.org", "long enough", from: "192.0.2.1").status == 429)
        let answer = signIn("ada@example.org", "long enough", from: "192.0.2.1", cookies: device)
        #expect(answer.status == 200)
        // The browser is known to one account alone, and guesses there are counted too.
        let others = signIn("admin@localhost", from: "192.0.2.1", cookies: device)
        #expect(others.status == 429)
        for _ in 0..<5 {
            let wrong = signIn("ada@example.org", from: "192.0.2.1", cookies: device)
            #expect(wrong.status == 401)
        }
        try lengthenPauses()
        let stopped = signIn("ada@example.org", "long enough", from: "192.0.2.1", cookies: device)
        #expect(stopped.status == 429)
    }

    @Test("A browser remembers the last five accounts, and no script sees it")
    func severalPeopleOneBrowser() throws {
        var jar = ""
        for number in 0..<6 {
            let email = "p\(number)@example.org"
            _ = try bench.register(email)
            let answer = signIn(email, "long enough", from: "192.0.2.1", cookies: jar)
            let field = try #require(
                answer.headers[values: .setCookie].first { $0.hasPrefix("__Host-atelier_device=") })
            #expect(field.contains("HttpOnly") && field.contains("SameSite=Strict"))
            #expect(!field.contains("example"))
            jar = String(field.split(separator: ";")[0])
        }
        let marks = jar.split(separator: "=")[1].split(separator: "~")
        #expect(marks.count == 5)
        for number in 0..<40 { _ = signIn("x\(number)@example.org", from: "192.0.2.1") }
        try lengthenPauses()
        #expect(
            signIn("p0@example.org", "long enough", from: "192.0.2.1", cookies: jar).status == 429)
        #expect(
            signIn("p1@example.org", "long enough", from: "192.0.2.1", cookies: jar).status == 200)
    }

    @Test("A stranger's guesses do not keep a signed-in person from changing the password")
    func passwordChangeIsCountedBySession() throws {
        let ada = try bench.register("ada@example.org")
        for number in 0..<40 { _ = signIn("ada@example.org", from: "192.0.2.\(number)") }
        let change = #"{"current_password":"long enough","new_password":"even longer"}"#
        let wrong = #"{"current_password":"not it at all","new_password":"longer still"}"#
        #expect(ada.post("/users/me/password", wrong).status == 422)
        #expect(ada.post("/users/me/password", change).status == 204)
        for _ in 0..<5 { #expect(ada.post("/users/me/password", wrong).status == 422) }
        try lengthenPauses()
        #expect(ada.post("/users/me/password", wrong).code == "too_many_attempts")
    }

    @Test("A password change whose answer was lost is done when it is asked for again")
    func lostPasswordChange() throws {
        let ada = try bench.register("ada@example.org")
        let change = #"{"current_password":"long enough","new_password":"even longer"}"#
        for _ in 0..<12 { #expect(ada.post("/users/me/password", change).status == 204) }
        #expect(ada.get("/users/me").status == 200)
        #expect(signIn("ada@example.org", "even longer", from: "192.0.2.1").status == 200)
        #expect(signIn("ada@example.org", "long enough", from: "192.0.2.2").status == 401)
        // Neither of the two is the account's.
        let other = #"{"current_password":"long enough","new_password":"longer still"}"#
        for _ in 0..<5 { #expect(ada.post("/users/me/password", other).status == 422) }
        try lengthenPauses()
        #expect(ada.post("/users/me/password", change).code == "too_many_attempts")
    }

    /// The statuses of as many requests at once.
    private func atOnce(_ count: Int, _ ask: @escaping @Sendable (Int) -> Answer) -> [Int] {
        let statuses = Monitor<[Int]>([])
        let threads = (0..<count).map { number in
            JoinableThread {
                let status = ask(number).status
                statuses.withLock { $0.append(status) }
            }
        }
        for thread in threads { thread.join() }
        return statuses.withLock { $0 }
    }

    @Test("Those who come at once and are right wait their turn and are not refused")
    func rightOnesAtOnce() throws {
        _ = try bench.register("ada@example.org")
        // As a whole office does in the morning: beside those are some who mistyped.
        for number in 0..<10 { _ = signIn("u\(number)@example.org", from: "203.0.113.7") }
        let product = bench.product
        let one = atOnce(10) { _ in
            var client = Client(product: product)
            client.address = "203.0.113.8"
            return client.post(
                "/auth/login", #"{"email":"ada@example.org","password":"long enough"}"#)
        }
        #expect(one == Array(repeating: 200, count: 10))
        for number in 0..<15 { _ = try bench.register("person\(number)@example.org") }
        let many = atOnce(15) { number in
            var client = Client(product: product)
            client.address = "203.0.113.7"
            return client.post(
                "/auth/login",
                #"{"email":"person\#(number)@example.org","password":"long enough"}"#)
        }
        #expect(many == Array(repeating: 200, count: 15))
        let registrations = atOnce(10) { number in
            var client = Client(product: product)
            client.address = "203.0.113.7"
            return client.post(
                "/auth/register",
                #"{"email":"new\#(number)@example.org","password":"long enough","name":"N"}"#)
        }
        #expect(registrations == Array(repeating: 201, count: 10))
    }

    @Test("A clock that is set back locks nobody out")
    func clockSetBack() throws {
        _ = try bench.register("ada@example.org")
        for _ in 0..<8 { _ = signIn("ada@example.org", from: "192.0.2.1") }
        try lengthenPauses()
        let aDay = 24 * 60 * 60_000
        try database.write {
            _ = try $0.execute("UPDATE sign_in_attempts SET last_ms = last_ms + \(aDay)")
        }
        let refused = signIn("ada@example.org", "long enough", from: "192.0.2.1")
        #expect(refused.status == 429)
        #expect(try #require(refused.headers[.retryAfter].flatMap { Int($0) }) <= 60)
        // The pause begins now, and ends.
        try database.write {
            _ = try $0.execute("UPDATE sign_in_attempts SET last_ms = last_ms - 60001")
        }
        #expect(signIn("ada@example.org", "long enough", from: "192.0.2.1").status == 200)
    }

    @Test("Asking who has an account ends soon, from one network")
    func probing() throws {
        _ = try bench.register("ada@example.org")
        var client = Client(product: bench.product)
        client.address = "203.0.113.9"
        func register(_ email: String) -> String? {
            client.post(
                "/auth/register", #"{"email":"\#(email)","password":"long enough","name":"X"}"#
            ).code
        }
        for _ in 0..<5 { #expect(register("ada@example.org") == "email_taken") }
        try lengthenPauses()
        #expect(register("ada@example.org") == "too_many_attempts")
        #expect(register("free@example.org") == "too_many_attempts")
        client.address = "203.0.113.10"
        for number in 0..<8 { #expect(register("free\(number)@example.org") == nil) }
    }

    @Test("Of those who wait for a place only so many may; the rest is turned away at once")
    func waitingRoom() throws {
        let room = WaitingRoom(places: 2, chairs: 3)
        #expect(room.enter() && room.enter())
        let admitted = Counter()
        let threads = (0..<3).map { _ in
            JoinableThread {
                guard room.enter() else { return }
                admitted.increment()
                room.leave()
            }
        }
        while !room.isFull { sleep(milliseconds: 1) }
        #expect(!room.enter())
        #expect(admitted.value == 0)
        room.leave()
        for thread in threads { thread.join() }
        #expect(admitted.value == 3)
        room.leave()
        #expect(room.enter())
    }

    @Test("What failed as nothing could be written is nobody's wrong guess")
    func storageFaultIsNoGuess() throws {
        try database.write {
            _ = try $0.execute(
                """
                CREATE TRIGGER broken BEFORE INSERT ON users
                BEGIN SELECT RAISE(ABORT, 'broken'); END
                """)
        }
        for _ in 0..<6 {
            let answer = Client(product: bench.product).post(
                "/auth/register",
                #"{"email":"ada@example.org","password":"long enough","name":"X"}"#)
            #expect(!["email_taken", "too_many_attempts"].contains(answer.code))
        }
        let counted = try database.read {
            try $0.value("SELECT sum(failures) FROM sign_in_attempts", as: Int.self)
        }
        #expect(counted == 0)
    }

    @Test("More sign-ins than can be looked at are refused, and do not count as failures")
    func tooManyAtOnce() throws {
        _ = try bench.register("ada@example.org")
        let answers = Monitor<[Answer]>([])
        let threads = (0..<80).map { number in
            JoinableThread {
                let answer = signIn("u\(number)@example.org", from: "10.0.\(number).1")
                answers.withLock { $0.append(answer) }
            }
        }
        for thread in threads { thread.join() }
        let refused = answers.withLock { $0 }.filter { $0.status != 401 }
        #expect(refused.allSatisfy { $0.status == 503 && $0.code == "sign_in_busy" })
        #expect(refused.allSatisfy { $0.headers[.retryAfter] != nil })
        let counted = try database.read {
            try $0.value(
                "SELECT sum(failures) FROM sign_in_attempts WHERE subject LIKE 'account:%'",
                as: Int.self)
        }
        #expect(counted == 80 - refused.count)
    }
}
