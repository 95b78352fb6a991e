import FoundationEssentials
import Glibc
import HTTPClient
import HTTPTypes
import Providers
import SQL
import TestSupport
import Testing
import Threads

@testable import Atelier

/// A call is what costs money: one row for each request that the provider has seen, and sums that agree.
@Suite struct CallTests {
    /// A row, as far as it is compared with what the provider has seen.
    struct Row: Equatable {
        var feature: String
        var model: String
        var state: String
        var upstreamID: String?
        var cost: Int?
        var outcome: String?
    }

    private func rows(_ database: Database) throws -> [Row] {
        try database.read { connection in
            try connection.all("SELECT * FROM calls ORDER BY id") { row in
                Row(
                    feature: try row["feature"], model: try row["model"], state: try row["state"],
                    upstreamID: try row["upstream_id"], cost: try row["cost_nano_usd"],
                    outcome: try row["outcome"])
            }
        }
    }

    /// A provider that numbers what it is asked, tells the numbers as its ids, and charges by them.
    private final class Numbering: Sendable {
        let asked = Counter()

        /// Begins to answer, under the next id.
        func open(_ exchange: Exchange) throws -> Int {
            let number = asked.increment()
            try exchange.openStream(headers: [
                ("Content-Type", "text/event-stream"), ("X-Generation-Id", "gen-\(number)"),
            ])
            return number
        }

        func answer(_ exchange: Exchange, _ text: String) throws {
            let number = try open(exchange)
            try exchange.chunk(
                Exchange.event(
                    #"{"model":"real","choices":[{"delta":{"content":"\#(text)"},"finish_reason":"stop"}]}"#
                ))
            try exchange.chunk(
                Exchange.event(
                    #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.0000000\#(number)}}"#
                ))
            try exchange.chunk("data: [DONE]\n\n")
            try exchange.endStream()
        }

        /// Takes the request, and breaks before the first word.
        func breakAtOnce(_ exchange: Exchange) throws {
            _ = try open(exchange)
            try exchange.endStream()
        }

        func tell(_ exchange: Exchange) throws {
            let id = exchange.request.target.split(separator: "=").last.map(String.init) ?? ""
            let number = id.split(separator: "-").last ?? ""
            try exchange.respond(
                body: #"{"data":{"id":"\#(id)","total_cost":0.0000000\#(number)}}"#)
        }
    }

    private func inquire(_ bench: Workbench) throws {
        let database = try bench.database()
        try database.write { connection in
            _ = try connection.execute("UPDATE calls SET inquiry_ms = 1 WHERE inquiry_ms > 1")
        }
        try CostInquirer(
            ledger: Ledger(database: database), generations: GenerationStore(database: database),
            providers: bench.settings.providers, chat: ChatClient(HTTPClient()),
            scoreboard: Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory),
            logger: Workbench.silentLogger
        ).askDue(cancellation: Cancellation())
    }

    @Test("A retry, a fallback, a title and a stop: a row for each request, with its cost")
    func eachRequestIsACall() throws {
        let provider = Numbering()
        let bench = try Workbench { exchange in
            let body = exchange.request.bodyText
            if exchange.request.target.contains("/generation?") {
                return try provider.tell(exchange)
            }
            if body.contains("Stop") {
                _ = try provider.open(exchange)
                try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"So"}}]}"#))
                _ = exchange.waitForClientToLeave()
            } else if body.contains(#""model":"titles""#) || body.contains(#""model":"reserve""#) {
                try provider.answer(exchange, "Answer")
            } else {
                try provider.breakAtOnce(exchange)
            }
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"fallback_models":["reserve"]}"#)
        let generation = try admin.say("Hi", in: id).events[0].field("generation_id")

        let writer = CollectingWriter()
        let other = try admin.newConversation()
        let sending = JoinableThread {
            _ = admin.send(
                .post, "/conversations/\(other)/messages", #"{"text":"Stop"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
        }
        func events() -> [Event] { Answer(status: 200, headers: [:], body: writer.bytes).events }
        while events().text != "So" { sleep(milliseconds: 2) }
        let opening = events()[0]
        #expect(
            try admin.post("/generations/\(opening.field("generation_id"))/stop").field("state")
                == "stopped")
        sending.join()

        let ledger = Ledger(database: try bench.database())
        #expect(try ledger.rebuildRollups() == (1, 0))
        try inquire(bench)
        let rows = try rows(ledger.database)
        #expect(rows.map(\.feature) == ["chat", "chat", "chat", "title", "chat"])
        #expect(rows.map(\.model) == ["writer", "writer", "reserve", "titles", "writer"])
        #expect(rows.map(\.upstreamID) == (1...provider.asked.value).map { "gen-\($0)" })
        #expect(rows.map(\.cost) == (1...provider.asked.value).map { $0 * 10 })
        #expect(rows.allSatisfy { $0.state == "settled" })
        #expect(
            rows.map(\.outcome) == [
                "empty_answer", "empty_answer", "complete", "complete", "cancelled",
            ])
        #expect(
            try admin.get("/generations/\(generation)").field("cost_nano_usd", as: Int.self)
                == 10 + 20 + 30)
        #expect(try ledger.rebuildRollups() == (1, 0))
        let sums = try ledger.database.read { connection in
            try connection.all(
                "SELECT feature, sum(calls), sum(cost_nano_usd) FROM usage_by_model GROUP BY feature"
            ) { (try $0[0, as: String.self], try $0[1, as: Int.self], try $0[2, as: Int.self]) }
        }
        #expect(sums.map(\.0) == ["chat", "title"])
        #expect(sums.map(\.1) == [4, 1])
        #expect(sums.map(\.2) == [10 + 20 + 30 + 50, 40])
    }

    @Test("A call is written down before it is made, a repeated one and a fallback too")
    func written() throws {
        let counts = Monitor<[Int]>([])
        let path = Monitor("")
        let bench = try Workbench { exchange in
            let database = try Database(path: path.withLock { $0 })
            let open = try database.read { connection in
                try connection.value(
                    "SELECT count(*) FROM calls WHERE finished_ms IS NULL AND state = 'reserved'",
                    as: Int.self)
            }
            let all = try database.read {
                try $0.value("SELECT count(*) FROM calls", as: Int.self)
            }
            counts.change { $0 += [open ?? -1, all ?? -1] }
            try exchange.respond(status: 503, body: "away")
        }
        path.change { $0 = bench.settings.databasePath }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"fallback_models":["reserve"]}"#)
        _ = admin.say("Hi", in: id)
        let seen = counts.withLock { $0 }
        #expect(seen == (1...seen.count / 2).flatMap { [1, $0] })
        #expect(seen.count / 2 == 2 + 4)
    }

    @Test("A call that cannot be written down is not made", .enabled(if: Faults.arePossible))
    func notWritten() throws {
        let bench = try Workbench { try $0.respond(status: 503, body: "away") }
        let admin = try bench.signIn()
        let ledger = Ledger(database: try bench.database())
        var (number, count) = (0, 0)
        repeat {
            let asked = bench.server.requests.count { $0.target.hasSuffix("/completions") }
            let written = try rows(ledger.database).count
            let id = try admin.newConversation()
            count = Faults.during(
                .fdatasync, on: bench.settings.databasePath, number: number, code: EIO
            ) { _ = admin.say("Hi", in: id) }
            try bench.sweep()
            let rows = try rows(ledger.database)
            let requests = bench.server.requests.count { $0.target.hasSuffix("/completions") }
            // One that is written down may not be made: whether it is could not be told for certain.
            #expect(requests - asked <= rows.count - written, "the \(number). of \(count)")
            #expect(requests - asked >= rows.count - written - 1, "the \(number). of \(count)")
            #expect(rows.allSatisfy { $0.state == "released" && $0.cost == nil })
            #expect(try ledger.rebuildRollups().wrong == 0)
            if number == 0 { #expect(requests - asked == 4 && count == 8) }
            number += 1
        } while number <= count
    }

    @Test("A run that dies between two calls is ended, though no call of it is open")
    func betweenCalls() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.say("Hi", in: try admin.newConversation()).events[0]
            .field("generation_id")
        try bench.database().write { connection in
            _ = try connection.execute("UPDATE generations SET state = 'running' WHERE id = \(id)")
        }
        try bench.sweep()
        let stored = admin.get("/generations/\(id)")
        #expect(try stored.field("state") == "interrupted")
        #expect(try stored.field("cost_nano_usd", as: Int.self) == 20_000)
    }

    @Test("What stands in a stream of the call before is not booked again with one not made yet")
    func notMadeYet() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let before = CallAccount(
            promptTokens: 100, prices: ModelPrices(prompt: 1_000_000_000, completion: 0),
            tellsCost: true, provider: "local", call: "another")
        let id = try bench.abandonedGeneration(admin, [.account(before), .upstreamID("gen-1")])
        try bench.sweep()
        let row = try #require(try rows(bench.database()).first)
        #expect(row.state == "released" && row.cost == nil && row.upstreamID == nil)
        #expect(try admin.get("/generations/\(id)").field("state") == "interrupted")
    }

    @Test("An answer takes two transactions", .enabled(if: Faults.arePossible))
    func transactions() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.patch("/conversations/\(id)", #"{"title":"Mine"}"#)
        let syncs = Faults.during(
            .fdatasync, on: bench.settings.databasePath, number: 0, code: EIO
        ) { _ = admin.say("Hi", in: id) }
        #expect(syncs == 2)
        #expect(try rows(bench.database()).count == 1)
    }

    @Test("A month's sum is no sum of calls, and what is asked for often is found by an index")
    func plans() throws {
        let bench = try Workbench()
        defer { withExtendedLifetime(bench) {} }
        let database = try bench.database()
        for (query, index) in [
            (
                "SELECT coalesce(generation_id, id) FROM calls WHERE finished_ms IS NULL",
                "calls_open"
            ),
            ("SELECT id FROM calls WHERE finished_ms IS NULL AND user_id = 'u'", "calls_open"),
            ("SELECT id FROM calls WHERE inquiry_ms <= 5 ORDER BY inquiry_ms", "calls_inquiries"),
            ("SELECT id FROM calls WHERE generation_id = 'g' ORDER BY id", "calls_by_generation"),
            ("SELECT id FROM calls WHERE created_ms >= 5 AND created_ms < 9", "calls_by_time"),
            ("SELECT 1 FROM ledger WHERE adopted = 0 LIMIT 1", "ledger_unadopted"),
            (
                "SELECT id FROM generations WHERE state IN ('queued', 'running')",
                "generations_running"
            ),
            (
                "SELECT sum(cost_nano_usd) FROM usage_by_user WHERE day BETWEEN 1 AND 30",
                "PRIMARY KEY"
            ),
        ] {
            let plan = try database.read { connection in
                try connection.all("EXPLAIN QUERY PLAN \(raw: query)") {
                    try $0[3, as: String.self]
                }
            }
            #expect(plan.allSatisfy { $0.contains(index) }, "\(query): \(plan)")
        }
    }

    @Test("Sums that cannot be true end at the highest, and nothing breaks")
    func sumsThatDoNotFit() throws {
        let bench = try Workbench()
        defer { withExtendedLifetime(bench) {} }
        let ledger = Ledger(database: try bench.database())
        let most = Int64(1_000_000_000_000_000)
        try ledger.database.write { connection in
            for _ in 0..<9_300 {
                let call = Call(
                    id: UUIDv7.text(), feature: Feature(rawValue: "test"), userID: "u",
                    keyID: "k", generationID: "g", provider: "p", model: "m", reservedNanoUSD: 0,
                    account: CallAccount(promptTokens: 0, prices: nil, tellsCost: false),
                    createdMs: 86_400_000 * 2)
                try ledger.reserve(call, in: connection)
                let booking = Booking(
                    closing: .settle, usage: TokenUsage(costNano: most), costNanoUSD: Int(most),
                    outcome: "test")
                _ = try ledger.book(booking, of: call, in: connection)
            }
        }
        #expect(try ledger.rebuildRollups() == (1, 0))
        let sums = try ledger.database.read { connection in
            (
                try connection.value("SELECT cost_nano_usd FROM usage_by_key WHERE day = 2"),
                try ledger.spending(ofGeneration: "g", in: connection).costNanoUSD
            ) as (Int?, Int?)
        }
        #expect(sums.0 == .highestSum && sums.1 == .highestSum)
    }

    @Test("Sums that do not agree with the calls are made anew, and it is said")
    func rebuilding() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        _ = admin.say("Hi", in: try admin.newConversation())
        let database = try bench.database()
        try database.write { connection in
            _ = try connection.execute("UPDATE usage_by_user SET cost_nano_usd = 1")
            _ = try connection.execute("DELETE FROM usage_by_model")
        }
        let upkeep = LedgerUpkeep(settings: bench.settings)
        #expect(try upkeep.rebuild().contains("1 did not agree"))
        #expect(try upkeep.rebuild().contains("all sums agreed"))
        let sum =
            try database.read { try $0.value("SELECT cost_nano_usd FROM usage_by_user") } as Int?
        #expect(sum == 40_000, "an answer and its title")
    }
}
