import Providers
import SQL

/// A call whose cost has to be asked for; an estimate is booked until the provider tells.
struct CostInquiry: Sendable {
    let call: Call
    /// The provider's own id of it.
    let upstreamID: String
    /// How often it was asked for in vain.
    let attempts: Int
    /// What is booked so far.
    let costNanoUSD: Int?

    /// How long after each attempt the next one comes; the record of a call appears some seconds after
    /// its end. After the last one the estimate stands.
    private static let pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000]

    static let firstPauseMs = pausesMs[0]

    /// `nil` after the last attempt.
    var nextPauseMs: Int? {
        attempts + 1 < Self.pausesMs.count ? Self.pausesMs[attempts + 1] : nil
    }
}

extension Ledger {
    /// The calls whose cost is to be asked for by now, the longest due first.
    func dueInquiries(now: Int, limit: Int) throws -> [CostInquiry] {
        try database.read { connection in
            try connection.all(
                """
                SELECT upstream_id, inquiries, cost_nano_usd, \(Call.columns)
                FROM calls WHERE inquiry_ms <= \(now) ORDER BY inquiry_ms LIMIT \(limit)
                """
            ) { row in
                CostInquiry(
                    call: try Call(row), upstreamID: try row["upstream_id"],
                    attempts: try row["inquiries"], costNanoUSD: try row["cost_nano_usd"])
            }
        }
    }

    /// Asks for it later.
    ///
    /// - Returns: Whether it was still to be asked for.
    func postpone(
        _ inquiry: CostInquiry, until nextMs: Int, in connection: Connection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE calls SET inquiries = inquiries + 1, inquiry_ms = \(nextMs)
            WHERE id = \(inquiry.call.id) AND inquiry_ms IS NOT NULL
            """) == 1
    }

    /// Lets the estimate stand.
    ///
    /// - Returns: Whether it was still to be asked for.
    func settleAsEstimated(_ inquiry: CostInquiry, in connection: Connection) throws -> Bool {
        try connection.execute(
            """
            UPDATE calls SET
                state = 'settled', inquiry_ms = NULL, inquiries = inquiries + 1,
                settled_ms = \(UnixTime.milliseconds)
            WHERE id = \(inquiry.call.id) AND inquiry_ms IS NOT NULL
            """) == 1
    }

    /// Puts what the provider has told, with a cost, in the place of the estimate.
    ///
    /// - Returns: Whether it was still to be asked for.
    func settle(
        _ inquiry: CostInquiry, as told: TokenUsage, in connection: Connection
    ) throws -> Bool {
        let id = inquiry.call.id
        let before = try connection.first(
            "SELECT \(UsageAmounts.ofCall) FROM calls WHERE id = \(id) AND inquiry_ms IS NOT NULL"
        ) { try UsageAmounts($0) }
        guard let before else { return false }
        try connection.execute(
            """
            UPDATE calls SET
                state = 'settled', inquiry_ms = NULL, inquiries = inquiries + 1,
                prompt_tokens = \(told.promptTokens), completion_tokens = \(told.completionTokens),
                reasoning_tokens = \(told.reasoningTokens), cached_tokens = \(told.cachedTokens),
                cache_write_tokens = \(told.cacheWriteTokens),
                reported_nano_usd = \(told.costNano), cost_nano_usd = \(told.costNano),
                cost_estimated = 0, settled_ms = \(UnixTime.milliseconds)
            WHERE id = \(id) AND inquiry_ms IS NOT NULL
            """)
        let after = UsageAmounts(
            told, mediaUnits: before[.mediaUnits], costNanoUSD: told.costNano.map { Int($0) })
        try Rollup.add(after - before, of: inquiry.call, in: connection)
        return true
    }
}
