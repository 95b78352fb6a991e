/// Money in billionths of a US dollar.
struct NanoUSD: Sendable, Equatable {
    let value: Int

    init(_ value: Int) { self.value = value }

    /// Exact decimal notation in dollars, without exponent: `0.000042`.
    ///
    /// - Precondition: The amount is not negative.
    var decimal: String {
        let (dollars, rest) = value.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return String(dollars) }
        let digits = String(1_000_000_000 + rest).dropFirst()
        let end = digits.lastIndex { $0 != "0" } ?? digits.startIndex
        return "\(dollars).\(digits[...end])"
    }
}
