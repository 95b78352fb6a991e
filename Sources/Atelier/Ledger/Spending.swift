import SQL

/// What the calls of a generation used and cost.
struct Spending: Sendable, Equatable {
    /// Tokens are those of the last call: those before it came to nothing.
    var promptTokens: Int?
    var completionTokens: Int?
    var reasoningTokens: Int?
    var cachedTokens: Int?
    /// Of all calls, in nano-USD; `nil` where nothing is known to have been charged.
    var costNanoUSD: Int?
    /// Whether some of the cost is no provider's word.
    var isEstimated = false
}

extension Ledger {
    /// What the calls of a generation come to, as far as they have ended.
    func spending(ofGeneration id: String, in connection: Connection) throws -> Spending {
        var spending = Spending()
        try connection.forEach(
            """
            SELECT prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
                cost_nano_usd,
                CASE WHEN cost_estimated = 1 OR inquiry_ms IS NOT NULL THEN 1 ELSE 0 END
                    AS is_estimated
            FROM calls WHERE generation_id = \(id) AND finished_ms IS NOT NULL ORDER BY id
            """
        ) { row in
            spending.promptTokens = try row["prompt_tokens"]
            spending.completionTokens = try row["completion_tokens"]
            spending.reasoningTokens = try row["reasoning_tokens"]
            spending.cachedTokens = try row["cached_tokens"]
            if let cost = try row["cost_nano_usd", as: Int?.self] {
                spending.costNanoUSD = (spending.costNanoUSD ?? 0).addingClamped(cost)
            }
            spending.isEstimated = try spending.isEstimated || row["is_estimated"]
        }
        if spending.costNanoUSD == nil { spending.isEstimated = false }
        return spending
    }
}

extension Int {
    /// No sum of money goes beyond this, in nano-USD: nine billion USD.
    static let highestSum = 9_000_000_000_000_000_000

    /// The sum, within ±``highestSum``.
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        if overflow { return other < 0 ? -Self.highestSum : Self.highestSum }
        return Swift.min(Swift.max(sum, -Self.highestSum), Self.highestSum)
    }
}
