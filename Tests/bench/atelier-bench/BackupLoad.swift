import Glibc
import HTTPClient
import HTTPTypes
import Threads

/// How requests fare while a backup of a database of some size is made, compared with before and after.
struct BackupLoad {
    private static let rounds = 2
    /// Clients of each kind.
    private static let clients = 4
    private static let messages = 640
    private static let messageWords = 50_000

    let people: [Person]
    let collector: Collector
    let atelier: AtelierServer

    /// Lists of conversations, and answers from the sending of the message to their end.
    private struct Times: Sendable {
        var lists = Samples([])
        var answers = Samples([])

        static func + (one: Times, other: Times) -> Times {
            Times(lists: one.lists + other.lists, answers: one.answers + other.answers)
        }
    }

    func measure(seconds: Int, into table: inout Table) throws {
        let client = try atelier.client()
        try fill(client)
        var (with, without) = (Times(), Times())
        for _ in 0..<Self.rounds {
            without = without + (try times(client) { sleep(UInt32(seconds)) })
            with = with + (try times(client, while: backUp))
        }
        var database = stat()
        guard stat(atelier.state + "/app.db", &database) == 0 else { throw Failure("no app.db") }
        let name = "while a backup of \(database.st_size / 1_000_000) MB is made"
        add("list p99 \(name)", with.lists, without.lists, &table)
        add("answer p99 \(name)", with.answers, without.answers, &table)
    }

    /// Long messages, of words that an index has to hold.
    private func fill(_ client: APIClient) throws {
        _ = try inParallel(people.count) { [people] number in
            let person = people[number]
            for _ in 0..<(Self.messages / people.count) {
                let words = (0..<Self.messageWords).map { _ in
                    String(Int.random(in: 0..<40_000), radix: 36)
                }
                let body =
                    #"{"text":"\#(words.joined(separator: " "))","parent_id":null,"model":"fast"}"#
                try client.send(client.request(person.messagesPath, by: person.token, body: body))
            }
        }
    }

    private func backUp() throws {
        let output = atelier.state + "/log/backup.log"
        guard
            try ChildProcess.run(
                [atelier.program, "backup", "--verify"], environment: atelier.environment,
                output: output)
        else { throw Failure("atelier backup failed; see \(output)") }
    }

    /// The times of requests that are sent as long as `body` runs.
    private func times(_ client: APIClient, while body: () throws -> Void) throws -> Times {
        let isOver = Monitor(false)
        let found = Monitor<Result<[[Double]], any Error>?>(nil)
        let list = client.request("conversations", by: collector.person.token)
        let sendings = people.prefix(Self.clients).map { person in
            var request = client.request(
                person.messagesPath, by: person.token, body: Person.message(to: "fast"))
            request.headers[.accept] = "text/event-stream"
            return request
        }
        let load = try Thread.start {
            let times = Result {
                try inParallel(2 * Self.clients) { number in
                    let request = number < Self.clients ? sendings[number] : list
                    var times: [Double] = []
                    while !isOver.withLock({ $0 }) {
                        let start = ContinuousClock.now
                        try client.send(request)
                        times.append((ContinuousClock.now - start).milliseconds)
                    }
                    return Array(times.dropFirst())  // the first one opens the connection
                }
            }
            found.change { $0 = times }
        }
        let outcome = Result { try body() }
        isOver.change { $0 = true }
        load.join()
        try outcome.get()
        let times = try found.withLock { $0! }.get()
        return Times(
            lists: Samples(Array(times[Self.clients...].joined())),
            answers: Samples(Array(times[..<Self.clients].joined())))
    }

    private func add(_ name: String, _ with: Samples, _ without: Samples, _ table: inout Table) {
        table.add(
            "\(name), ms", Figure.number(with.p99),
            beside: "\(Figure.number(without.p99)) without",
            relation: Figure.ratio(with.p99, without.p99), aim: "≤ 2 ×")
    }
}
