/// Streamed answers a second, by 16 clients, of 20 pieces each.
struct Completions {
    /// The two sides take turns, so that a busy moment of the machine does not hit one of them alone.
    private static let rounds = 2

    let people: [Person]
    let wrk: Wrk
    let atelier: AtelierServer
    let proxy: BareProxy

    /// One side, and what came of it.
    private struct Side {
        let address: String
        let requests: [Wrk.Request]
        let end: String
        let processes: ProcessTree
        var outcome = Wrk.Outcome()
        var processorMs = 0.0

        /// The processor time of one answer: what the load of other programs does not change much.
        var processorMsEach: Double { processorMs / Double(outcome.answers) }

        mutating func run(_ wrk: Wrk, seconds: Int) throws {
            let before = try processes.processorMs
            outcome = outcome + (try wrk.load(address, requests, end: end, seconds: seconds))
            processorMs += try processes.processorMs - before
        }
    }

    func measure(seconds: Int, into table: inout Table) throws {
        var ours = Side(
            address: atelier.address, requests: requests, end: "event: done",
            processes: try atelier.processes)
        var bare = Side(
            address: proxy.address, requests: [bareRequest], end: "data: [DONE]",
            processes: try proxy.processes)
        for _ in 0..<Self.rounds {
            try bare.run(wrk, seconds: seconds)
            try ours.run(wrk, seconds: seconds)
        }
        add(ours, bare, to: &table)
    }

    private func add(_ ours: Side, _ bare: Side, to table: inout Table) {
        table.check(ours.outcome, of: "completions by Atelier")
        table.check(bare.outcome, of: "completions by bare nginx")
        table.add(
            "streamed completions/s, 16 clients, 20 chunks each", Figure.number(ours.outcome.rate),
            beside: "\(Figure.number(bare.outcome.rate)) bare nginx",
            relation: Figure.ratio(ours.outcome.rate, bare.outcome.rate), aim: "≥ 0.50 ×")
        table.add(
            "processor time of each, with nginx, ms", Figure.number(ours.processorMsEach),
            beside: "\(Figure.number(bare.processorMsEach)) bare nginx",
            relation: Figure.ratio(ours.processorMsEach, bare.processorMsEach))
    }

    private var requests: [Wrk.Request] {
        people.map { person in
            Wrk.Request(
                method: "POST", path: "/api/v1/" + person.messagesPath,
                headers: [
                    "Authorization": "Bearer \(person.token)", "Content-Type": "application/json",
                    "Accept": "text/event-stream",
                ],
                body: Person.message(to: "fast"))
        }
    }

    private var bareRequest: Wrk.Request {
        Wrk.Request(
            method: "POST", path: "/v1/chat/completions",
            headers: ["Content-Type": "application/json"],
            body: Person.chatRequest(to: "fast"))
    }
}
