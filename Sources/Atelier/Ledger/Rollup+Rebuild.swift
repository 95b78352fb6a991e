import SQL

extension Rollup {
    /// Adds up the calls of a day anew.
    ///
    /// - Returns: Whether what was there agreed; if not, it is replaced.
    func rebuild(day: Int, in connection: Connection) throws -> Bool {
        let sums = try sums(ofDay: day, in: connection)
        var found: [[String]: UsageAmounts] = [:]
        let columns = (keys + UsageAmounts.columns).joined(separator: ", ")
        try connection.forEach(
            "SELECT \(raw: columns) FROM \(identifier: table) WHERE day = \(day)"
        ) { row in
            found[try place(in: row)] = try UsageAmounts(row)
        }
        guard found != sums else { return true }
        try connection.execute("DELETE FROM \(identifier: table) WHERE day = \(day)")
        for (place, amounts) in sums { try add(amounts, day: day, place, in: connection) }
        return false
    }

    private func sums(
        ofDay day: Int, in connection: Connection
    ) throws -> [[String]: UsageAmounts] {
        var sums: [[String]: UsageAmounts] = [:]
        try connection.forEach(
            """
            SELECT \(raw: keys.joined(separator: ", ")), \(UsageAmounts.ofCall) FROM calls
            WHERE created_ms >= \(Self.beginMs(ofDay: day))
                AND created_ms < \(Self.beginMs(ofDay: day + 1))
                AND finished_ms IS NOT NULL AND \(raw: keys[0]) IS NOT NULL
            """
        ) { row in
            sums[try place(in: row), default: .none] =
                try sums[place(in: row), default: .none] + UsageAmounts(row)
        }
        return sums
    }

    private func place(in row: borrowing Row) throws -> [String] {
        var place: [String] = []
        for key in keys { place.append(try row[key]) }
        return place
    }
}

extension Ledger {
    /// Adds up all calls anew, a day at a time, while the service runs.
    ///
    /// - Returns: How many days there are, and on how many of them what was there did not agree.
    func rebuildRollups() throws -> (days: Int, wrong: Int) {
        var count = (days: 0, wrong: 0)
        var next = try firstDay(from: .min)
        while let day = next {
            let agreed = try database.write { connection in
                try Rollup.all.map { try $0.rebuild(day: day, in: connection) }
            }
            count.days += 1
            if agreed.contains(false) { count.wrong += 1 }
            next = try firstDay(from: day + 1)
        }
        return count
    }

    /// The first day from one on of which there are calls, or sums.
    private func firstDay(from day: Int) throws -> Int? {
        try database.read { connection in
            let ms = day < 0 ? Int.min : Rollup.beginMs(ofDay: day)
            let call = try connection.value(
                "SELECT min(created_ms) FROM calls WHERE created_ms >= \(ms)", as: Int?.self)
            var days = [call.flatMap { $0 }.map(Rollup.day(ofMs:))]
            for rollup in Rollup.all {
                let found = try connection.value(
                    "SELECT min(day) FROM \(identifier: rollup.table) WHERE day >= \(day)",
                    as: Int?.self)
                days.append(found.flatMap { $0 })
            }
            return days.compactMap { $0 }.min()
        }
    }
}

/// What an administrator may have done to the ledger.
public struct LedgerUpkeep {
    private let settings: Settings

    public init(settings: Settings) {
        self.settings = settings
    }

    /// Makes the sums by day from the calls anew; the service may run.
    ///
    /// - Returns: A sentence on whether they agreed with what was there.
    public func rebuild() throws -> String {
        let database = try Product.openDatabase(settings, WriteQueue())
        let count = try Ledger(database: database).rebuildRollups()
        return count.wrong == 0
            ? "\(count.days) days: all sums agreed with the calls"
            : "\(count.days) days: the sums of \(count.wrong) did not agree with the calls; now they do"
    }
}
