import HTTPClient
import HTTPTypes
import Threads

/// Many streams that stay open, and how short requests fare meanwhile, compared with before and after.
struct OpenStreams {
    private static let openingPatience = Duration.seconds(30)

    let count: Int
    let people: [Person]
    let collector: Collector
    let atelier: AtelierServer
    let upstream: Upstream

    /// What all the streams have come to.
    private struct Progress {
        var open = 0
        var ended = 0
        var complete = 0
        var failures: [String] = []
    }

    private struct Times {
        let list: Samples
        let signIn: Samples

        static func + (one: Times, other: Times) -> Times {
            Times(list: one.list + other.list, signIn: one.signIn + other.signIn)
        }
    }

    /// - Returns: What the workers, and everything, have in memory while the streams are open.
    func measure(
        seconds: Int, into table: inout Table
    ) throws -> (workers: ProcessMemory, all: ProcessMemory) {
        let client = try atelier.client()
        let before = try times(client, seconds)
        let progress = try open(client)
        let opened = progress.wait(upTo: Self.openingPatience) {
            $0.open + $0.failures.count >= count ? $0.open : nil
        }
        let with = try times(client, seconds)
        let memory = (
            workers: try atelier.workerMemory().reduce(ProcessMemory(), +),
            all: try atelier.processes.memory
        )
        let stillOpen = progress.withLock { $0.open - $0.ended }
        upstream.endSlowAnswers()
        let final = progress.wait(upTo: Self.openingPatience) { $0.ended == count ? $0 : nil }
        if opened != count || stillOpen != count || final?.complete != count {
            let state = progress.withLock { $0 }
            table.addFault(
                "open streams: \(state.open) of \(count) opened, \(stillOpen) lasted, \(state.complete) "
                    + "ended well; \(state.failures.first ?? "no other failure")")
        }
        add(with, before + (try times(client, seconds)), &table)
        return memory
    }

    private func times(_ client: APIClient, _ seconds: Int) throws -> Times {
        Times(
            list: try collector.listTimes(client, seconds: seconds),
            signIn: try collector.signInTimes(client, seconds: max(1, seconds / 2)))
    }

    /// Starts one client a stream, each in a conversation of its own.
    private func open(_ client: APIClient) throws -> Monitor<Progress> {
        let progress = Monitor(Progress())
        for number in 0..<count {
            try Thread.start { [people] in
                let person = people[number % people.count]
                do {
                    let isComplete = try Self.watch(person, client) {
                        progress.change { $0.open += 1 }
                    }
                    progress.change { $0.complete += isComplete ? 1 : 0 }
                } catch {
                    progress.change { $0.failures.append("\(error)") }
                }
                progress.change { $0.ended += 1 }
            }
        }
        return progress
    }

    /// - Returns: Whether the stream came to its end.
    private static func watch(
        _ person: Person, _ client: APIClient, onFirstPiece: () -> Void
    ) throws -> Bool {
        let conversation = try Person.newConversation(person.token, client)
        var request = client.request(
            Person.messagesPath(conversation), by: person.token, body: Person.message(to: "slow"))
        request.headers[.accept] = "text/event-stream"
        return try StreamedAnswer(
            to: request, from: client.http, firstPiece: "event: delta", end: "event: done",
            onFirstPiece: onFirstPiece
        ).isComplete
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
