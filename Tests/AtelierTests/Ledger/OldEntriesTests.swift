import FoundationEssentials
import Providers
import SQL
import TestSupport
import Testing

@testable import Atelier

/// What versions before have written of money, and go on writing while an upgrade lasts, is among the
/// calls in the end: all of it, once.
@Suite struct OldEntriesTests {
    private let directory: String
    private let path: String

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path
            + "/atelier-old-entries-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        path = directory + "/app.db"
    }

    /// An entry as a worker of a version before leaves it.
    private struct Entry {
        var id: String
        var state = "settled"
        var reported: Int?
        var cost: Int?
        var upstreamID: String?
        var inquiryMs: Int?
        var openCalls: String?
    }

    private func add(_ entry: Entry, in connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO ledger
                (generation_id, user_id, model, provider, state, reserved_nano_usd,
                 reported_nano_usd, cost_nano_usd, prompt_tokens, upstream_id, inquiry_ms,
                 created_ms, settled_ms)
            VALUES (\(entry.id), 'u', 'm', 'p', \(entry.state), 7, \(entry.reported),
                \(entry.cost), 3, \(entry.upstreamID), \(entry.inquiryMs), 86400000,
                \(entry.inquiryMs == nil ? 86_400_500 : nil))
            """)
        if let openCalls = entry.openCalls {
            try connection.execute(
                "UPDATE ledger SET open_calls = \(openCalls) WHERE generation_id = \(entry.id)")
        }
    }

    private struct Found: Equatable {
        var state: String
        var provider = "p"
        var reported: Int?
        var cost: Int?
        var isEstimated = false
        var upstreamID: String?
        var isAskedFor = false
    }

    private func calls(_ database: Database) throws -> [Found] {
        try database.read { connection in
            try connection.all("SELECT * FROM calls ORDER BY id") { row in
                Found(
                    state: try row["state"], provider: try row["provider"],
                    reported: try row["reported_nano_usd"], cost: try row["cost_nano_usd"],
                    isEstimated: try row["cost_estimated"], upstreamID: try row["upstream_id"],
                    isAskedFor: try row["inquiry_ms", as: Int?.self] != nil)
            }
        }
    }

    private func agrees(_ database: Database) throws -> Bool {
        try Ledger(database: database).rebuildRollups().wrong == 0
    }

    /// The entries that every version could leave.
    private static let entries = [
        Entry(id: "1", reported: 100, cost: 100),
        Entry(id: "2", cost: 200),
        Entry(id: "3", state: "released"),
        Entry(id: "4", state: "reserved", cost: 400, upstreamID: "gen-4", inquiryMs: 5),
    ]
    private static let asCalls = [
        Found(state: "settled", reported: 100, cost: 100),
        Found(state: "settled", cost: 200, isEstimated: true),
        Found(state: "released"),
        Found(
            state: "reserved", cost: 400, isEstimated: true, upstreamID: "gen-4", isAskedFor: true),
    ]

    @Test("From each schema there ever was", arguments: 1...5)
    func upgrade(from version: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Database(path: path)
        try Migrations(Array(Schema.migrations[..<version])).apply(to: database)
        try database.write { connection in
            for entry in Self.entries { try add(entry, in: connection) }
        }
        try Migrations(Schema.migrations).apply(to: database)
        let old = OldEntries(ledger: Ledger(database: database))
        #expect(try old.adoptEnded(limit: 3) == 3)
        #expect(try old.adoptEnded(limit: 3) == 1)
        #expect(try old.adoptEnded() == 0)
        #expect(try calls(database) == Self.asCalls)
        #expect(try agrees(database))
        let spent =
            try database.read {
                try $0.value(
                    "SELECT cost_nano_usd FROM usage_by_user WHERE day = 1 AND user_id = 'u'")
            } as Int?
        #expect(spent == 700)
    }

    @Test("What an old worker still writes is taken over when it has ended, and by nobody twice")
    func duringTheUpgrade() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Database(path: path)
        try Migrations(Schema.migrations).apply(to: database)
        let old = OldEntries(ledger: Ledger(database: database))
        try database.write { try add(Entry(id: "1", state: "reserved"), in: $0) }
        #expect(try old.adoptEnded() == 0)
        #expect(try old.ledger.hasOpen(of: "u"))
        #expect(try old.ledger.openStreams() == ["1"])
        // Its end, and what the old jobs do about what is to be asked for.
        try database.write { connection in
            _ = try connection.execute(
                """
                UPDATE ledger SET cost_nano_usd = 9, upstream_id = 'gen-1', inquiry_ms = 5
                WHERE generation_id = '1' AND state = 'reserved' AND inquiry_ms IS NULL
                """)
        }
        #expect(try old.adoptEnded() == 1)
        let seen = try database.write { connection in
            try connection.execute(
                """
                UPDATE ledger SET state = 'settled', cost_nano_usd = 30, inquiry_ms = NULL
                WHERE generation_id = '1' AND inquiry_ms IS NOT NULL
                """)
        }
        #expect(seen == 0, "it is asked for by the new jobs alone")
        #expect(try old.adoptEnded() == 0)
        #expect(
            try calls(database) == [
                Found(
                    state: "reserved", cost: 9, isEstimated: true, upstreamID: "gen-1",
                    isAskedFor: true)
            ])
        #expect(try !old.ledger.hasOpen(of: "u"))
    }

    /// What is asked for stands in the entry as one text.
    @Test("The calls of one entry come apart, with the same cost in all")
    func openCalls() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Database(path: path)
        try Migrations(Schema.migrations).apply(to: database)
        let vain = #"{"provider":"q","upstreamID":"gen-1","estimatedNanoUSD":20,"isAnswer":false}"#
        let answer = #"{"upstreamID":"gen-2","estimatedNanoUSD":40,"isAnswer":true}"#
        func entry(_ id: String, _ calls: String) -> Entry {
            Entry(id: id, state: "reserved", cost: 100, inquiryMs: 5, openCalls: calls)
        }
        try database.write { connection in
            try add(
                entry("1", #"{"calls":[\#(vain),\#(answer)],"restIsEstimated":false}"#),
                in: connection)
            try add(entry("2", #"{"calls":[\#(vain)],"restIsEstimated":true}"#), in: connection)
            try add(entry("3", #"{"calls":7}"#), in: connection)
        }
        let old = OldEntries(ledger: Ledger(database: database))
        #expect(try old.adoptEnded() == 3)
        let inVain = Found(
            state: "reserved", provider: "q", cost: 20, isEstimated: true, upstreamID: "gen-1",
            isAskedFor: true)
        #expect(
            try calls(database) == [
                inVain, Found(state: "settled", reported: 40, cost: 40),
                Found(
                    state: "reserved", cost: 40, isEstimated: true, upstreamID: "gen-2",
                    isAskedFor: true),
                inVain, Found(state: "settled", cost: 80, isEstimated: true),
                // What cannot be read keeps its estimate, and does not stop the others.
                Found(state: "settled", cost: 100, isEstimated: true),
            ])
        #expect(try agrees(database))
    }

    private static let prices = ModelPrices(prompt: 1_000_000_000, completion: 2_000_000_000)

    /// A generation of an old worker that was killed, with its live stream.
    private func abandoned(
        _ bench: Workbench, _ admin: Client, _ events: [StreamEvent]
    ) throws -> String {
        let id = try bench.abandonedGeneration(admin, events)
        try bench.database().write { connection in
            _ = try connection.execute("DELETE FROM calls WHERE generation_id = \(id)")
            try connection.execute(
                """
                INSERT INTO ledger
                    (generation_id, user_id, model, provider, state, reserved_nano_usd, created_ms)
                SELECT id, user_id, model, provider, 'reserved', 7, created_ms
                FROM generations WHERE id = \(id)
                """)
        }
        _ = try Ledger(database: bench.database()).rebuildRollups()
        return id
    }

    @Test(
        "The stream of an old worker that died tells what was spent before, and what is to be asked"
    )
    func deadRunner() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let earlier = EarlierCalls(
            costNanoUSD: 500,
            open: [
                OpenCall(
                    provider: "local", upstreamID: "gen-1", estimatedNanoUSD: 20, isAnswer: false)
            ])
        let account = CallAccount(
            promptTokens: 2, prices: Self.prices, tellsCost: true, provider: "local",
            earlier: earlier)
        let id = try abandoned(
            bench, admin, [.account(account), .upstreamID("gen-2"), .delta("four")])
        let untouched = try abandoned(bench, admin, [.account(account)])
        try bench.sweep()
        let stored = admin.get("/generations/\(id)")
        #expect(try stored.field("state") == "interrupted")
        #expect(try stored.field("cost_nano_usd", as: Int.self) == 500 + 20 + 2_000 + 2_000)
        #expect(try stored.field("completion_tokens", as: Int.self) == 1)
        #expect(
            try admin.get("/generations/\(untouched)").field("cost_nano_usd", as: Int.self) == 520)
        let asked = try Ledger(database: bench.database()).dueInquiries(now: .max, limit: 9)
        #expect(asked.map(\.upstreamID).sorted() == ["gen-1", "gen-1", "gen-2"])
        #expect(try agrees(bench.database()))
        #expect(try OldEntries(ledger: Ledger(database: bench.database())).adoptEnded() == 0)
    }

    @Test("A call that an old worker has ended, which knows none, is booked by what it has stored")
    func endedByAnOldWorker() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try bench.abandonedGeneration(admin, [])
        try bench.database().write { connection in
            _ = try connection.execute(
                """
                UPDATE generations SET state = 'interrupted', upstream_id = 'gen-1',
                    prompt_tokens = 10, completion_tokens = 3, cost_nano_usd = 16000,
                    cost_estimated = 1
                WHERE id = \(id)
                """)
        }
        try bench.sweep()
        let database = try bench.database()
        let asked = try Ledger(database: database).dueInquiries(now: .max, limit: 9)
        #expect(asked.map(\.upstreamID) == ["gen-1"])
        #expect(asked.map(\.costNanoUSD) == [16_000])
        #expect(try admin.get("/generations/\(id)").field("cost_nano_usd", as: Int.self) == 16_000)
        #expect(try agrees(database))
    }
}
