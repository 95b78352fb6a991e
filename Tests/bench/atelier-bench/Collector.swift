import HTTPClient
import HTTPTypes

/// A person with many conversations, whose list is read.
struct Collector: Sendable {
    let person: Person
    private let conversations: Int

    init(_ client: APIClient, conversations: Int) throws {
        let person = try Person.register("collector@example.org", client)
        let clients = 8
        _ = try inParallel(clients) { number in
            for _ in stride(from: number, to: conversations, by: clients) {
                _ = try Person.newConversation(person.token, client)
            }
        }
        self.person = person
        self.conversations = conversations
    }

    /// Lists a second.
    func measureList(
        _ wrk: Wrk, _ atelier: AtelierServer, seconds: Int, into table: inout Table
    ) throws {
        let request = Wrk.Request(
            method: "GET", path: "/api/v1/conversations",
            headers: ["Authorization": "Bearer \(person.token)"])
        let outcome = try wrk.load(
            atelier.address, [request], end: #""next_cursor":"#, seconds: seconds)
        table.check(outcome, of: "list of conversations")
        table.add(
            "conversation list/s, 16 clients, \(conversations) conversations",
            Figure.number(outcome.rate), aim: "≥ 5000")
    }

    /// How long a list takes, by 4 clients that read it again and again.
    func listTimes(_ client: APIClient, seconds: Int) throws -> Samples {
        let request = client.request("conversations", by: person.token)
        let deadline = ContinuousClock.now + .seconds(seconds)
        let times = try inParallel(4) { _ in
            try Self.times(of: request, client, until: deadline)
        }
        return Samples(times.flatMap { $0 })
    }

    /// How long a sign-in takes, one after the other.
    func signInTimes(_ client: APIClient, seconds: Int) throws -> Samples {
        let body = #"{"email":"\#(person.email)","password":"\#(Person.password)"}"#
        return Samples(
            try Self.times(
                of: client.request("auth/login", body: body), client,
                until: .now + .seconds(seconds)))
    }

    /// The first one is left out: it opens the connection.
    private static func times(
        of request: HTTPClient.Request, _ client: APIClient, until deadline: ContinuousClock.Instant
    ) throws -> [Double] {
        var times: [Double] = []
        repeat {
            let start = ContinuousClock.now
            try client.send(request)
            times.append((ContinuousClock.now - start).milliseconds)
        } while ContinuousClock.now < deadline
        return Array(times.dropFirst())
    }
}
