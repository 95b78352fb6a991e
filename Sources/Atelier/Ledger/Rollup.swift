import SQL

/// What calls come to by day and one thing more: written when they are booked, so that nobody has to
/// add up the calls of a month.
///
/// A day is one of UTC, that of the call's beginning, however late its cost is known.
struct Rollup: Sendable {
    let table: String
    /// Its columns beside the day.
    let keys: [String]
    /// What they hold for a call; `nil` when it has no place here.
    private let place: @Sendable (Call) -> [String]?

    static let all = [
        Rollup(table: "usage_by_user", keys: ["user_id"]) { [$0.userID] },
        Rollup(table: "usage_by_model", keys: ["model", "provider", "feature"]) {
            [$0.model, $0.provider, $0.feature.rawValue]
        },
        Rollup(table: "usage_by_key", keys: ["key_id"]) { call in call.keyID.map { [$0] } },
    ]

    private init(
        table: String, keys: [String], place: @escaping @Sendable (Call) -> [String]?
    ) {
        self.table = table
        self.keys = keys
        self.place = place
        let columns = ["day"] + keys + UsageAmounts.columns
        let sums = UsageAmounts.columns.map { column in
            """
            \(column) = CASE
                WHEN excluded.\(column) > 0
                    AND \(table).\(column) > \(Int.highestSum) - excluded.\(column)
                THEN \(Int.highestSum) ELSE \(table).\(column) + excluded.\(column) END
            """
        }
        statement = """
            INSERT INTO \(table) (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT (\((["day"] + keys).joined(separator: ", "))) DO UPDATE SET
            \(sums.joined(separator: ",\n"))
            """
    }

    /// Adds to what is there.
    private let statement: String

    private static let msPerDay = 86_400_000

    /// The days since 1970-01-01 at a time.
    static func day(ofMs ms: Int) -> Int { ms / msPerDay }

    /// When a day begins.
    static func beginMs(ofDay day: Int) -> Int { day * msPerDay }

    /// Adds what a call came to, or how that has changed.
    static func add(_ amounts: UsageAmounts, of call: Call, in connection: Connection) throws {
        for rollup in all {
            guard let place = rollup.place(call) else { continue }
            try rollup.add(amounts, day: day(ofMs: call.createdMs), place, in: connection)
        }
    }

    func add(
        _ amounts: UsageAmounts, day: Int, _ place: [String], in connection: Connection
    ) throws {
        let values = place.map(\.sqlValue) + amounts.values.map(\.sqlValue)
        try connection.execute(Query(raw: statement, values: [day.sqlValue] + values))
    }
}
