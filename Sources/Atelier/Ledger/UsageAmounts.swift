import Providers
import SQL

/// What calls used and cost, as it is summed up.
struct UsageAmounts: Equatable, Sendable {
    /// Each is a column of every rollup.
    enum Kind: String, CaseIterable {
        /// How many have ended.
        case calls
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case reasoningTokens = "reasoning_tokens"
        case cachedTokens = "cached_tokens"
        case cacheWriteTokens = "cache_write_tokens"
        /// Pictures, or seconds of video.
        case mediaUnits = "media_units"
        case costNanoUSD = "cost_nano_usd"
    }

    static let none = UsageAmounts(values: Kind.allCases.map { _ in 0 })
    static let columns = Kind.allCases.map(\.rawValue)
    /// As columns of one call that has ended.
    static let ofCall = Query(
        raw: "1 AS calls, "
            + columns.dropFirst().map { "coalesce(\($0), 0) AS \($0)" }.joined(separator: ", "))

    /// In the order of the kinds.
    private(set) var values: [Int]

    subscript(kind: Kind) -> Int {
        values[Kind.allCases.firstIndex(of: kind)!]  // a case is one of all
    }

    private init(values: [Int]) {
        self.values = values
    }

    /// Those of one call.
    init(_ usage: TokenUsage, mediaUnits: Int = 0, costNanoUSD: Int?) {
        values = [
            1, usage.promptTokens ?? 0, usage.completionTokens ?? 0, usage.reasoningTokens ?? 0,
            usage.cachedTokens ?? 0, usage.cacheWriteTokens ?? 0, mediaUnits, costNanoUSD ?? 0,
        ]
    }

    init(_ booking: Booking) {
        self.init(
            booking.usage, mediaUnits: booking.mediaUnits ?? 0, costNanoUSD: booking.costNanoUSD)
    }

    /// Reads the columns of that name.
    init(_ row: borrowing Row) throws {
        values = []
        for column in Self.columns { values.append(try row[column]) }
    }

    static func + (left: Self, right: Self) -> Self {
        Self(values: zip(left.values, right.values).map { $0.addingClamped($1) })
    }

    static func - (left: Self, right: Self) -> Self {
        Self(values: zip(left.values, right.values).map { $0.addingClamped(-$1) })
    }
}
