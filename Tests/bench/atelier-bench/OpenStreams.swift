import Glibc
import HTTPClient
import HTTPTypes

/// Many streams that stay open, at 10 tokens a second each: how their tokens are relayed, beside a bare
/// nginx, and how short requests fare meanwhile, compared with before and after.
struct OpenStreams {
    /// How many of them have a second viewer for a while.
    private static let watchedTwice = 50

    let count: Int
    let people: [Person]
    let collector: Collector
    let atelier: AtelierServer
    let proxy: BareProxy
    let upstream: Upstream

    private struct Times {
        let list: Samples
        let signIn: Samples

        static func + (one: Times, other: Times) -> Times {
            Times(list: one.list + other.list, signIn: one.signIn + other.signIn)
        }
    }

    private struct Page: Decodable {
        let items: [Message]

        struct Message: Decodable {
            let generation: Generation?
        }

        struct Generation: Decodable {
            let id: String
        }
    }

    /// - Returns: What workers and jobs, and everything, have in memory while the streams are open.
    func measure(
        seconds: Int, into table: inout Table
    ) throws -> (own: ProcessMemory, all: ProcessMemory) {
        let client = try atelier.client()
        let bare = try bareRelay(seconds: seconds, into: &table)
        let before = try times(client, seconds)
        let conversations = try inParallel(people.count) { number in
            try stride(from: number, to: count, by: people.count).map { _ in
                try Person.newConversation(people[number].token, client)
            }
        }
        let crowd = try crowd(of: conversations, client)
        try measureRelay(crowd, bare, seconds: seconds, into: &table)
        let memory = (
            own: try atelier.workerMemory().reduce(try atelier.jobsMemory(), +),
            all: try atelier.processes.memory
        )
        let with = try times(client, seconds)
        let viewers = try secondViewers(of: conversations, client)
        addSecondViewers(relay(in: [crowd, viewers], seconds: seconds), to: &table)
        end([crowd, viewers], into: &table)
        add(with, before + (try times(client, seconds)), &table)
        return memory
    }

    private func times(_ client: APIClient, _ seconds: Int) throws -> Times {
        Times(
            list: try collector.listTimes(client, seconds: seconds),
            signIn: try collector.signInTimes(client, seconds: max(1, seconds / 2)))
    }

    // MARK: The streams

    /// One client a stream, each in a conversation of its own.
    ///
    /// - Parameter conversations: Of each person.
    private func crowd(of conversations: [[String]], _ client: APIClient) throws -> Crowd {
        let crowd = try Crowd(
            count, client.http, firstPiece: "event: delta", end: "event: done"
        ) { [people] number in
            let (owner, place) = (number % people.count, number / people.count)
            var request = client.request(
                Person.messagesPath(conversations[owner][place]), by: people[owner].token,
                body: Person.message(to: "slow"))
            request.headers[.accept] = "text/event-stream"
            return request
        }
        crowd.awaitOpen()
        return crowd
    }

    private func end(_ crowds: [Crowd], into table: inout Table) {
        let lasting = crowds.map(\.open)
        upstream.endSlowAnswers()
        for fault in zip(crowds, lasting).compactMap({ $0.fault(lasting: $1) }) {
            table.addFault(fault)
        }
        upstream.allowSlowAnswers()
    }

    // MARK: Relay

    /// The same streams through a bare nginx.
    private func bareRelay(seconds: Int, into table: inout Table) throws -> Samples {
        let client = try APIClient(address: proxy.address, certificate: atelier.certificate)
        let crowd = try Crowd(
            count, client.http, firstPiece: #""content":""#, end: "data: [DONE]"
        ) { _ in
            var request = client.page("v1/chat/completions")
            request.method = .post
            request.headers[.contentType] = "application/json"
            request.body = Array(Person.chatRequest(to: "slow").utf8)
            return request
        }
        crowd.awaitOpen()
        let samples = relay(in: [crowd], seconds: seconds)[0]
        end([crowd], into: &table)
        return samples
    }

    private func measureRelay(
        _ crowd: Crowd, _ bare: Samples, seconds: Int, into table: inout Table
    ) throws {
        let writes = WriteCounter(database: atelier.state + "/app.db")
        let before = try writes.transactions
        let ours = relay(in: [crowd], seconds: seconds)[0]
        let written = try writes.transactions - before
        let name = "token relay, \(count) streams at 10/s,"
        table.add(
            "\(name) p50, ms", Figure.number(ours.median),
            beside: "\(Figure.number(bare.median)) bare nginx",
            relation: Figure.difference(ours.median, bare.median))
        table.add(
            "\(name) p99, ms", Figure.number(ours.p99),
            beside: "\(Figure.number(bare.p99)) bare nginx",
            relation: Figure.difference(ours.p99, bare.p99), aim: "≤ 20")
        table.add(
            "SQLite write transactions meanwhile", "\(written)", beside: "\(ours.count) tokens",
            aim: "0 per token")
    }

    /// Watches some of the streams a second time.
    private func secondViewers(of conversations: [[String]], _ client: APIClient) throws -> Crowd {
        let requests = try (0..<min(count, Self.watchedTwice)).map { number in
            let (owner, place) = (number % people.count, number / people.count)
            let token = people[owner].token
            let page = try client.send(
                client.request(Person.messagesPath(conversations[owner][place]), by: token),
                for: Page.self)
            guard let generation = page.items.last?.generation else {
                throw Failure("a conversation has no generation")
            }
            return client.request("generations/\(generation.id)/events", by: token)
        }
        let viewers = try Crowd(
            requests.count, client.http, firstPiece: "event: delta", end: "event: done"
        ) { requests[$0] }
        viewers.awaitOpen()
        return viewers
    }

    /// - Parameter samples: Of those who asked, and of the second viewers.
    private func addSecondViewers(_ samples: [Samples], to table: inout Table) {
        let (first, second) = (samples[0].median, samples[1].median)
        table.add(
            "token relay to a second viewer, p50, ms", Figure.number(second),
            beside: "\(Figure.number(first)) to the first",
            relation: Figure.difference(second, first), aim: "≤ +1")
    }

    /// How long tokens take to reach each crowd.
    private func relay(in crowds: [Crowd], seconds: Int) -> [Samples] {
        for crowd in crowds { crowd.beginWindow() }
        sleep(UInt32(seconds))
        return crowds.map { $0.endWindow() }
    }

    // MARK: The table

    private func add(_ with: Times, _ without: Times, _ table: inout Table) {
        add("list p50", with.list.median, without.list.median, "", &table)
        add("list p99", with.list.p99, without.list.p99, "≤ 5 ×", &table)
        add("sign-in p50", with.signIn.median, without.signIn.median, "", &table)
        add("sign-in p99", with.signIn.p99, without.signIn.p99, "", &table)
    }

    private func add(
        _ name: String, _ with: Double, _ without: Double, _ aim: String, _ table: inout Table
    ) {
        table.add(
            "\(name) with \(count) open streams, ms", Figure.number(with),
            beside: "\(Figure.number(without)) without", relation: Figure.ratio(with, without),
            aim: aim)
    }
}
