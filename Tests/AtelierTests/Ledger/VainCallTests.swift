import FoundationEssentials
import HTTPClient
import HTTPTypes
import Providers
import SQL
import TestSupport
import Testing

@testable import Atelier

/// Calls that cost something and came to nothing, beside those whose answer was shown.
@Suite struct VainCallTests {
    private struct Entry: Equatable {
        var state: String
        var cost: Int?
        var reported: Int?
    }

    /// All calls of the answer together.
    private func entry(_ bench: Workbench) throws -> Entry {
        let calls = try Database(path: bench.settings.databasePath).read { connection in
            try connection.all(
                """
                SELECT state, cost_nano_usd, reported_nano_usd FROM calls
                WHERE model <> 'titles' AND state <> 'released' ORDER BY id
                """
            ) { Entry(state: try $0[0], cost: try $0[1], reported: try $0[2]) }
        }
        try #require(!calls.isEmpty)
        return Entry(
            state: calls.contains { $0.state == "reserved" } ? "reserved" : "settled",
            cost: calls.reduce(0) { $0 + ($1.cost ?? 0) },
            reported: calls.contains { $0.reported == nil }
                ? nil : calls.reduce(0) { $0 + ($1.reported ?? 0) })
    }

    /// Asks for every cost, `times` times in a row.
    private func inquire(_ bench: Workbench, times: Int = 1) throws {
        let database = try Database(path: bench.settings.databasePath)
        let inquirer = CostInquirer(
            ledger: Ledger(database: database), generations: GenerationStore(database: database),
            providers: bench.settings.providers, chat: ChatClient(HTTPClient()),
            scoreboard: Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory),
            logger: Workbench.silentLogger)
        for _ in 1...times {
            try database.write { connection in
                _ = try connection.execute("UPDATE calls SET inquiry_ms = 1 WHERE inquiry_ms > 1")
            }
            try inquirer.askDue(cancellation: Cancellation())
        }
    }

    /// Takes the request, names it, and ends before the first word.
    private static func breakAtOnce(_ exchange: Exchange, id: String) throws {
        try exchange.openStream(headers: [
            ("Content-Type", "text/event-stream"), ("X-Generation-Id", id),
        ])
        try exchange.chunk(
            Exchange.event(#"{"id":"\#(id)","choices":[{"delta":{"role":"assistant"}}]}"#))
        try exchange.endStream()
    }

    /// Says that the calls named cost so much, in USD, and that there is no record of others.
    private static func tell(_ costs: [String: String], _ exchange: Exchange) throws {
        let id = exchange.request.target.split(separator: "=").last.map(String.init) ?? ""
        guard let cost = costs[id] else { return try exchange.respond(status: 404, body: "{}") }
        try exchange.respond(
            body: """
                {"data":{"id":"\(id)","total_cost":\(cost),"native_tokens_prompt":7,
                 "native_tokens_completion":3}}
                """)
    }

    /// A model whose first call breaks at once, named gen-1; then `answer`.
    private func bench(
        costs: [String: String], answer: @escaping LocalServer.Handler
    ) throws -> Workbench {
        let calls = Counter()
        return try Workbench { exchange in
            if exchange.request.target.contains("/generation?") {
                return try Self.tell(costs, exchange)
            }
            guard calls.increment() > 1 else {
                return try Self.breakAtOnce(exchange, id: "gen-1")
            }
            try answer(exchange)
        }
    }

    private func ask(_ bench: Workbench) throws -> (client: Client, generation: String) {
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        return (admin, try #require(events.first).field("generation_id"))
    }

    @Test("A4: an accepted attempt that broke before its first word is asked about")
    func attempt() throws {
        let bench = try bench(costs: ["gen-1": "0.00007"]) { try $0.say(["Hello"]) }
        let (admin, generation) = try ask(bench)
        #expect(try entry(bench).state == "reserved")
        try inquire(bench)
        #expect(try entry(bench) == Entry(state: "settled", cost: 90_000, reported: 90_000))
        let stored = admin.get("/generations/\(generation)")
        #expect(try stored.field("cost_nano_usd", as: Int.self) == 90_000)
        #expect(try stored.field("cost_estimated", as: Bool.self) == false)
        #expect(try stored.field("completion_tokens", as: Int.self) == 5, "those of the answer")
    }

    @Test func whatIsToldAddsToWhatWasSpentInVain() throws {
        let bench = try bench(costs: ["gen-1": "0.00007", "gen-2": "0.00003"]) {
            try $0.breakOff(id: "gen-2")
        }
        let (admin, generation) = try ask(bench)
        try inquire(bench)
        #expect(try entry(bench) == Entry(state: "settled", cost: 100_000, reported: 100_000))
        let stored = admin.get("/generations/\(generation)")
        #expect(try stored.field("cost_nano_usd", as: Int.self) == 100_000)
        #expect(try stored.field("completion_tokens", as: Int.self) == 3)
    }

    @Test("What is told of one call stays, while the other is asked for again and then estimated")
    func halfTold() throws {
        let bench = try bench(costs: ["gen-1": "0.00007"]) { try $0.breakOff(id: "gen-2") }
        let (admin, generation) = try ask(bench)
        try inquire(bench)
        // One token of answer at 2 µ$ stands in for gen-2.
        #expect(try entry(bench) == Entry(state: "reserved", cost: 72_000, reported: nil))
        try inquire(bench, times: 4)
        #expect(try entry(bench) == Entry(state: "settled", cost: 72_000, reported: nil))
        #expect(
            try admin.get("/generations/\(generation)").field("cost_estimated", as: Bool.self))
        let asked = bench.server.requests.filter { $0.target.contains("/generation?") }
        #expect(
            asked.count { $0.target.contains("gen-1") } == 1, "what was told is not asked again")
        #expect(asked.count { $0.target.contains("gen-2") } == 5)
    }

    @Test func theModelThatStandsInIsNotChargedForTheOneBefore() throws {
        let bench = try Workbench { exchange in
            if exchange.request.target.contains("/generation?") {
                return try Self.tell(["gen-1": "0.00007", "gen-2": "0.00007"], exchange)
            }
            guard exchange.request.bodyText.contains(#""model":"writer""#) else {
                return try exchange.say(["Hello"])
            }
            try Self.breakAtOnce(exchange, id: "gen-1")
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"fallback_models":["reserve"]}"#)
        #expect(admin.say("Hi", in: id).events.text == "Hello")
        try inquire(bench)
        // Twice the first model, and once the second.
        #expect(try entry(bench) == Entry(state: "settled", cost: 160_000, reported: 160_000))
    }

    @Test func whatIsRefusedAfterItIsStillAskedFor() throws {
        let bench = try bench(costs: ["gen-1": "0.00007"]) {
            try $0.respond(status: 401, body: "{}")
        }
        _ = try ask(bench)
        #expect(try entry(bench).state == "reserved")
        try inquire(bench)
        #expect(try entry(bench) == Entry(state: "settled", cost: 70_000, reported: 70_000))
    }
}
