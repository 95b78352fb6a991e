import JSON

/// Amounts of money, read from decimal numbers without a floating-point step.
enum Money {
    /// An amount in USD as nano-USD.
    static func nanoUSD(_ text: some StringProtocol) -> Int64? {
        DecimalText(text)?.scaled(by: 9)
    }

    /// Whether a call can have cost so many nano-USD: from nothing to a million USD.
    ///
    /// What is said to have cost more is somebody's mistake, and sums of such amounts do not fit.
    static func isCost(_ nanoUSD: Int64) -> Bool {
        (0...highestCost).contains(nanoUSD)
    }

    static let highestCost: Int64 = 1_000_000_000_000_000

    /// The highest price that is believed, a USD a token: several hundred times what the dearest model
    /// has ever cost.
    static let highestPrice: Int64 = 1_000_000_000_000_000

    /// A price in USD per token as nano-USD per million tokens, at most ``highestPrice``.
    static func nanoUSDPerMillion(_ text: some StringProtocol) -> Int64? {
        DecimalText(text)?.clamped(by: 9 + 6, to: highestPrice)
    }
}
