import FoundationEssentials
import Glibc
import Providers
import SQL
import Testing

@testable import Atelier

/// Several processes reserve, book, ask for costs and take over old entries, at random, all at once: each
/// call is booked once, and the sums are those of the calls.
@Suite struct LedgerProcessTests {
    private static let processes = 4
    private static let stepsOfEach = 2_500

    /// What one process does, until it is killed within a transaction.
    private struct Worker {
        let ledger: Ledger
        let number: Int
        let path: String
        var chance: Chance
        var notes = ""
        var old = 0

        mutating func work(steps: Int) throws {
            for _ in 0..<steps { try step() }
            try notes.write(toFile: "\(path)-\(number)", atomically: false, encoding: .utf8)
            let last = call("last-\(number)")
            try write { ledger, connection in
                try ledger.reserve(last, in: connection)
                _ = try ledger.book(
                    Booking(closing: .settle, costNanoUSD: 1, outcome: "x"), of: last,
                    in: connection)
                kill(getpid(), SIGKILL)
            }
        }

        private mutating func step() throws {
            switch chance.below(20) {
            case 0..<8: try reserve()
            case 8..<14: try book()
            case 14..<17: try inquire()
            case 17: try leaveOldEntry()
            case 18: try OldEntries(ledger: ledger).adoptEnded(limit: 5)
            default:
                if chance.below(50) == 0 { _ = try ledger.rebuildRollups() }
            }
        }

        private func write<T>(_ body: (Ledger, Connection) throws -> T) throws -> T {
            try ledger.database.write(durability: .normal) { try body(ledger, $0) }
        }

        private func call(_ id: String, day: Int = 1) -> Call {
            Call(
                id: id, feature: Feature(rawValue: "f"), userID: "u\(day)",
                keyID: day == 2 ? "k" : nil, generationID: nil, provider: "p", model: "m",
                reservedNanoUSD: 1,
                account: CallAccount(promptTokens: 1, prices: nil, tellsCost: true),
                createdMs: 86_400_000 * day)
        }

        /// Several try the same one; one succeeds.
        private mutating func reserve() throws {
            let call = call("c\(chance.below(4_000))", day: 1 + chance.below(3))
            do {
                try write { try $0.reserve(call, in: $1) }
                notes += "reserved \(call.id) 0\n"
            } catch let error as SQLError {
                guard case .constraint = error.kind else { throw error }
            }
        }

        private mutating func book() throws {
            let open = try ledger.database.read { connection in
                try connection.all(
                    "SELECT \(Call.columns) FROM calls WHERE finished_ms IS NULL LIMIT 20"
                ) { try Call($0) }
            }
            guard !open.isEmpty else { return }
            let call = open[chance.below(open.count)]
            let cost = chance.below(1_000)
            let bookings = [
                Booking(closing: .release, outcome: "a"),
                Booking(
                    closing: .settle, usage: TokenUsage(promptTokens: cost, costNano: Int64(cost)),
                    costNanoUSD: cost, outcome: "b"),
                Booking(closing: .inquire, costNanoUSD: cost, upstreamID: "g", outcome: "c"),
            ]
            let booking = bookings[chance.below(3)]
            if try write({ try $0.book(booking, of: call, in: $1) }) {
                notes += "booked \(call.id) \(booking.costNanoUSD ?? 0)\n"
            }
        }

        private mutating func inquire() throws {
            guard let inquiry = try ledger.dueInquiries(now: .max, limit: 1).first else { return }
            let cost = chance.below(1_000)
            switch chance.below(3) {
            case 0: _ = try write { try $0.postpone(inquiry, until: chance.below(99), in: $1) }
            case 1: _ = try write { try $0.settleAsEstimated(inquiry, in: $1) }
            default:
                let told = TokenUsage(completionTokens: 7, costNano: Int64(cost))
                if try write({ try $0.settle(inquiry, as: told, in: $1) }) {
                    notes += "told \(inquiry.call.id) \(cost)\n"
                }
            }
        }

        private mutating func leaveOldEntry() throws {
            old += 1
            let id = "old-\(number)-\(old)"
            try write { _, connection in
                _ = try connection.execute(
                    """
                    INSERT INTO ledger
                        (generation_id, user_id, model, provider, state, reserved_nano_usd,
                         cost_nano_usd, created_ms)
                    VALUES (\(id), 'u', 'm', 'p', 'settled', 1, 1, 0)
                    """)
            }
            notes += "old \(id) 1\n"
        }
    }

    /// Repeats itself from its seed.
    private struct Chance {
        var state: UInt64

        /// SplitMix64.
        mutating func below(_ limit: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((word ^ (word >> 31)) % UInt64(limit))
        }
    }

    private static func work(_ path: String, _ number: Int, _ seed: UInt64) throws {
        let ledger = Ledger(database: try Database(path: path))
        var worker = Worker(
            ledger: ledger, number: number, path: path,
            chance: Chance(state: seed &+ UInt64(number)))
        try worker.work(steps: stepsOfEach)
    }

    @Test("10,000 steps of four processes, each killed at its end", .timeLimit(.minutes(10)))
    func interleavings() async throws {
        let directory =
            FileManager.default.temporaryDirectory.path
            + "/atelier-ledger-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/app.db"
        let database = try Database(path: path)
        try Migrations(Schema.migrations).apply(to: database)
        let seed = UInt64.random(in: 0 ... .max)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<Self.processes {
                group.addTask {
                    await #expect(processExitsWith: .signal(SIGKILL)) {
                        [path = path as String, number = number as Int, seed = seed as UInt64] in
                        try Self.work(path, number, seed)
                    }
                }
            }
        }
        try check(database, path, "seed \(seed)")
    }

    private func check(_ database: Database, _ path: String, _ comment: Comment) throws {
        let ledger = Ledger(database: database)
        while try OldEntries(ledger: ledger).adoptEnded() > 0 {}
        let count = try ledger.rebuildRollups()
        #expect(count.days > 0 && count.wrong == 0, comment)
        var notes: [String: [String: [Int]]] = [:]
        for number in 0..<Self.processes {
            let lines = try String(contentsOfFile: "\(path)-\(number)", encoding: .utf8)
            for line in lines.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                notes[words[0], default: [:]][words[1], default: []].append(Int(words[2]) ?? -1)
            }
        }
        let reserved = notes["reserved"] ?? [:]
        let booked = notes["booked"] ?? [:]
        let told = notes["told"] ?? [:]
        for each in [reserved, booked, told] {
            #expect(each.values.allSatisfy { $0.count == 1 }, comment)
        }
        let rows = try database.read { connection in
            try connection.all(
                """
                SELECT id, coalesce(cost_nano_usd, 0) AS cost FROM calls WHERE feature = 'f'
                """
            ) { (id: try $0["id", as: String.self], cost: try $0["cost", as: Int.self]) }
        }
        #expect(Set(rows.map(\.id)) == Set(reserved.keys), comment)
        for row in rows {
            #expect(row.cost == (told[row.id] ?? booked[row.id] ?? [0])[0], comment)
        }
        let adopted = try database.read {
            try $0.value("SELECT count(*) FROM calls WHERE feature = 'earlier'", as: Int.self)
        }
        #expect(adopted == notes["old"]?.count, comment)
        #expect(booked.count > 500 && told.count > 100, comment)
    }
}
