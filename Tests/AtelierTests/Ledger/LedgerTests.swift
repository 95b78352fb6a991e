import HTTPClient
import HTTPTypes
import Providers
import SQL
import TestSupport
import Testing

@testable import Atelier

@Suite struct LedgerTests {
    private struct Entry: Equatable {
        var state: String
        var reserved: Int
        var reported: Int?
        var cost: Int?
        var upstreamID: String?
    }

    private func database(_ bench: Workbench) throws -> Database {
        try Database(path: bench.settings.databasePath)
    }

    private func entries(_ bench: Workbench) throws -> [Entry] {
        try database(bench).read { connection in
            try connection.all(
                """
                SELECT state, reserved_nano_usd, reported_nano_usd, cost_nano_usd, upstream_id
                FROM calls ORDER BY id
                """
            ) { row in
                Entry(
                    state: try row[0], reserved: try row[1], reported: try row[2],
                    cost: try row[3], upstreamID: try row[4])
            }
        }
    }

    private func inquirer(_ bench: Workbench) throws -> CostInquirer {
        let database = try database(bench)
        return CostInquirer(
            ledger: Ledger(database: database), generations: GenerationStore(database: database),
            providers: bench.settings.providers, chat: ChatClient(HTTPClient()),
            scoreboard: Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory),
            logger: Workbench.silentLogger)
    }

    /// Lets time pass for all inquiries.
    private func makeDue(_ bench: Workbench) throws {
        try database(bench).write { connection in
            _ = try connection.execute("UPDATE calls SET inquiry_ms = 1 WHERE inquiry_ms > 1")
        }
    }

    /// A bench whose model says "half" under an id and breaks off, and whose accounting answers
    /// with `record`.
    private func breakingBench(
        record: @escaping LocalServer.Handler = { try $0.respond(status: 404, body: "{}") }
    ) throws -> Workbench {
        try Workbench { exchange in
            if exchange.request.target.contains("/generation?id=gen-7") {
                return try record(exchange)
            }
            try exchange.breakOff(id: "gen-7")
        }
    }

    /// A call that the provider has, and does not answer yet.
    private struct HeldCall {
        let bench: Workbench
        let admin: Client
        let conversationID: String
        private let gate = Counter()
        private let sending: JoinableThread

        init() throws {
            let began = Counter()
            bench = try Workbench { [gate] exchange in
                began.increment()
                _ = gate.wait(for: 1)
                try exchange.say(["Hello"])
            }
            admin = try bench.signIn()
            conversationID = try admin.newConversation()
            sending = JoinableThread { [admin, conversationID] in
                _ = admin.say("Hi", in: conversationID)
            }
            try #require(began.wait(for: 1))
        }

        /// Returns when it has been answered.
        func answer() {
            gate.increment()
            sending.join()
        }
    }

    @Test func moneyIsSetAsideBeforeTheCallAndBookedAfter() throws {
        let call = try HeldCall()
        let before = try #require(try entries(call.bench).first)
        #expect(before.state == "reserved")
        // One token of prompt at 1 µ$, and the longest answer, 1024 tokens at 2 µ$.
        #expect(before.reserved == 1_000 + 1_024 * 2_000)
        call.answer()
        let after = try #require(try entries(call.bench).first)
        #expect(after.state == "settled")
        #expect(after.reported == 20_000)
        #expect(after.cost == 20_000)
    }

    @Test func whatTheProviderRefusesCostsNothing() throws {
        let bench = try Workbench { try $0.respond(status: 401, body: "{}") }
        let admin = try bench.signIn()
        _ = admin.say("Hi", in: try admin.newConversation())
        let entry = try #require(try entries(bench).first)
        #expect(entry.state == "released")
        #expect(entry.cost == nil)
    }

    @Test func aProviderThatIsAwayCostsNothing() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        bench.loseProvider(seenBy: admin)
        _ = admin.say("Hi", in: id)
        #expect(try entries(bench).first?.state == "released")
    }

    @Test func theCostOfWhatBrokeOffIsAskedFor() throws {
        let bench = try breakingBench(record: {
            try $0.respond(
                body: """
                    {"data":{"id":"gen-7","total_cost":0.00003,"native_tokens_prompt":12,
                     "native_tokens_completion":3}}
                    """)
        })
        let admin = try bench.signIn()
        let generation = try admin.say("Hi", in: try admin.newConversation()).events[0]
            .field("generation_id")
        let open = try #require(try entries(bench).first)
        #expect(open.state == "reserved")
        #expect(open.upstreamID == "gen-7")
        #expect(
            try admin.get("/generations/\(generation)").field("cost_estimated", as: Bool.self),
            "until it is told")

        try inquirer(bench).askDue(cancellation: Cancellation())
        #expect(try entries(bench).first?.state == "reserved", "not due yet")
        try makeDue(bench)
        try inquirer(bench).askDue(cancellation: Cancellation())
        let settled = try #require(try entries(bench).first)
        #expect(settled.state == "settled")
        #expect(settled.reported == 30_000)
        #expect(settled.cost == 30_000)
        let stored = admin.get("/generations/\(generation)")
        #expect(try stored.field("cost_nano_usd", as: Int.self) == 30_000)
        #expect(try stored.field("cost_estimated", as: Bool.self) == false)
        #expect(try stored.field("completion_tokens", as: Int.self) == 3)
        #expect(try stored.field("text") == "half")
    }

    @Test func whatIsNeverToldIsEstimatedAndMarked() throws {
        let asked = Counter()
        let bench = try breakingBench(record: {
            asked.increment()
            try $0.respond(status: 404, body: "{}")
        })
        let admin = try bench.signIn()
        let generation = try admin.say("Hi", in: try admin.newConversation()).events[0]
            .field("generation_id")
        for attempt in 1...5 {
            #expect(try entries(bench).first?.state == "reserved", "before attempt \(attempt)")
            try makeDue(bench)
            try inquirer(bench).askDue(cancellation: Cancellation())
        }
        let entry = try #require(try entries(bench).first)
        #expect(entry.state == "settled")
        #expect(entry.reported == nil)
        #expect(entry.cost == 2_000, "one token of answer at 2 µ$, none of prompt")
        #expect(
            try admin.get("/generations/\(generation)").field("cost_estimated", as: Bool.self))
        try makeDue(bench)
        try inquirer(bench).askDue(cancellation: Cancellation())
        #expect(asked.wait(for: 5))
        #expect(
            bench.server.requests.count { $0.target.contains("/generation?") } == 5,
            "and nobody asks any more")
    }

    @Test func aDeadRunnersCostIsAskedForToo() throws {
        let bench = try breakingBench()
        let admin = try bench.signIn()
        let generation = try admin.say("Hi", in: try admin.newConversation()).events[0]
            .field("generation_id")
        // As a worker leaves it that is killed.
        try database(bench).write { connection in
            _ = try connection.execute(
                """
                UPDATE calls SET state = 'reserved', inquiry_ms = NULL, upstream_id = NULL,
                    finished_ms = NULL
                """)
            _ = try connection.execute("UPDATE generations SET state = 'running'")
        }
        do {
            let log = try StreamLog(generation, in: bench.settings.runDirectory + "/streams")
            let prices = ModelPrices(prompt: 1_000_000_000, completion: 2_000_000_000)
            try log.append([
                .account(CallAccount(promptTokens: 2, prices: prices, tellsCost: true)),
                .upstreamID("gen-8"), .delta("four and more"),
            ])
        }
        try bench.sweep()
        let entry = try #require(try entries(bench).first)
        #expect(entry.state == "reserved")
        #expect(entry.upstreamID == "gen-8")
        #expect(entry.cost == 2 * 1_000 + 3 * 2_000)
        let stored = admin.get("/generations/\(generation)")
        #expect(try stored.field("state") == "interrupted")
        #expect(try stored.field("cost_estimated", as: Bool.self))
    }

    private static let account = CallAccount(
        promptTokens: 2, prices: ModelPrices(prompt: 1_000_000_000, completion: 2_000_000_000),
        tellsCost: true)

    @Test func whatAContinuedAnswerBeganWithIsNotPaidAgain() {
        let begun = [
            StreamEvent.delta("this was paid with the first call"), .account(Self.account),
        ]
        let untouched = StreamRemains(begun)
        #expect(untouched.text == "this was paid with the first call")
        #expect(untouched.booking.closing == .release)
        let answered = StreamRemains(begun + [.delta("four and more")])
        #expect(answered.text == "this was paid with the first callfour and more")
        #expect(answered.booking.usage.completionTokens == 3)
        #expect(answered.booking.closing == .settle)
    }

    @Test func aFallbackThatBreaksOffIsNotPaidAsTheModelBefore() throws {
        let bench = try Workbench { exchange in
            if exchange.request.bodyText.contains(#""model":"reserve""#) {
                return try exchange.breakOff()
            }
            try exchange.openStream()
            try exchange.chunk(
                Exchange.event(#"{"id":"gen-1","error":{"code":400,"message":"no"},"choices":[]}"#))
            try exchange.endStream()
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"fallback_models":["reserve"]}"#)
        _ = admin.say("Hi", in: id)
        let entries = try entries(bench)
        #expect(entries.count == 2)
        let entry = try #require(entries.last)
        #expect(entry.upstreamID == nil)
        #expect(entry.state == "settled")
    }

    @Test(
        "What was paid for nothing is booked beside what came in its place, also when nothing did",
        arguments: [true, false])
    func paidInVain(standInAnswers: Bool) throws {
        let bench = try Workbench { exchange in
            guard exchange.request.bodyText.contains(#""model":"reserve""#) else {
                return try exchange.say([])
            }
            if standInAnswers { return try exchange.say(["Hello"]) }
            try exchange.respond(status: 404, body: #"{"error":{"message":"no such model"}}"#)
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"fallback_models":["reserve"]}"#)
        _ = admin.say("Hi", in: id)
        // Two attempts with the model that says nothing.
        let entries = try entries(bench).prefix(3)
        #expect(entries.map(\.cost) == [20_000, 20_000, standInAnswers ? 20_000 : nil])
        #expect(
            entries.map(\.state) == ["settled", "settled", standInAnswers ? "settled" : "released"])
    }

    @Test func aDeadFallbackIsNotAskedForTheCostOfTheModelBefore() {
        let remains = StreamRemains([
            .account(Self.account), .upstreamID("gen-1"), .account(Self.account),
        ])
        #expect(remains.upstreamID == nil)
        #expect(remains.booking.closing == .release)
    }

    @Test("A title is paid for too, though a worker that starts meanwhile looks for dead runners")
    func titles() throws {
        let (gate, calls) = (Counter(), Counter())
        let bench = try Workbench { exchange in
            if calls.increment() == 2 { _ = gate.wait(for: 1) }
            try exchange.say(["A title"])
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let sending = JoinableThread { _ = admin.say("Hi", in: id) }
        #expect(calls.wait(for: 2))
        try bench.sweep()
        #expect(try entries(bench).last?.state == "reserved")
        gate.increment()
        sending.join()
        #expect(try admin.get("/conversations/\(id)").field("title") == "A title")
        let paid = try entries(bench)
        #expect(paid.map(\.state) == ["settled", "settled"])
        #expect(paid.map(\.cost) == [20_000, 20_000])
    }

    @Test func theEntryOutlivesItsConversation() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.say("Hi", in: id)
        #expect(admin.delete("/conversations/\(id)").status == 204)
        let store = ConversationStore(database: try database(bench))
        try store.purge(deletedBefore: UnixTime.milliseconds + 1, limit: 1)
        let entry = try #require(try entries(bench).first)
        #expect(entry.state == "settled")
        #expect(entry.cost == 20_000)
    }

    @Test func aReservationWhoseRunnerAndRecordsAreGoneIsReleased() throws {
        let bench = try Workbench()
        let ledger = Ledger(database: try database(bench))
        try ledger.database.write { connection in
            try ledger.reserve(
                Call(
                    id: "gone", feature: Feature(rawValue: "test"), userID: "nobody",
                    generationID: nil, provider: "local", model: "writer", reservedNanoUSD: 5,
                    account: Self.account, createdMs: 1), in: connection)
        }
        try bench.sweep()
        #expect(try entries(bench).first?.state == "released")
    }
}
