/// Decimal numbers to integers without a floating-point step.
enum Money {
    /// `text` × 10^`scale`, rounded to the nearest integer, halves away from zero.
    ///
    /// Takes what JSON and price lists hold: `12`, `-0.5`, `.5`, `1.2e-07`, with any number of
    /// digits.
    ///
    /// - Returns: `nil` when `text` is no such number, or the result does not fit.
    static func scaled(_ text: some StringProtocol, scale: Int) -> Int64? {
        DecimalText(text).flatMap { scaled($0, scale: scale) }
    }

    /// The same, but not beyond ±`limit`, however large the number is.
    static func clamped(_ text: some StringProtocol, scale: Int, to limit: Int64) -> Int64? {
        guard let number = DecimalText(text) else { return nil }
        let value = scaled(number, scale: scale) ?? (number.isNegative ? -limit : limit)
        return min(max(value, -limit), limit)
    }

    private static func scaled(_ number: DecimalText, scale: Int) -> Int64? {
        let shift = number.exponent + scale
        // Digits beyond the 38th left of the point could only overflow.
        guard shift < 38 else { return number.digits.allSatisfy { $0 == 0 } ? 0 : nil }
        let kept = number.digits.count + shift
        guard kept >= 0 else { return 0 }
        var magnitude: Int64 = 0
        for index in 0..<kept {
            let digit = index < number.digits.count ? Int64(number.digits[index]) : 0
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(digit)
            guard !overflow && !carry else { return nil }
            magnitude = sum
        }
        if kept < number.digits.count && number.digits[kept] >= 5 {
            guard magnitude < .max else { return nil }
            magnitude += 1
        }
        return number.isNegative ? -magnitude : magnitude
    }

    /// Whether ``scaled(_:scale:)`` can read `text`, however large it is.
    static func isNumber(_ text: some StringProtocol) -> Bool {
        DecimalText(text) != nil
    }

    /// An amount in USD as nano-USD.
    static func nanoUSD(_ text: some StringProtocol) -> Int64? {
        scaled(text, scale: 9)
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
        clamped(text, scale: 9 + 6, to: highestPrice)
    }
}

/// A decimal number taken apart: its value is the digits, read as an integer, × 10^exponent.
private struct DecimalText {
    var isNegative = false
    var digits: [UInt8] = []  // values 0–9, no leading zeros
    var exponent = 0

    init?(_ text: some StringProtocol) {
        var rest = Substring(text).utf8
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var sawDigit = false
        var sawPoint = false
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), !sawPoint {
                sawPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                sawDigit = true
                let digit = byte - UInt8(ascii: "0")
                if digit != 0 || !digits.isEmpty { digits.append(digit) }
                if sawPoint { exponent -= 1 }
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard sawDigit else { return nil }
        if let byte = rest.first {
            guard byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E"),
                let power = Self.power(rest.dropFirst())
            else { return nil }
            exponent += power
        }
    }

    /// An exponent, at most ±1,000: beyond that all numbers are the same to us.
    private static func power(_ text: Substring.UTF8View) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        guard !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let magnitude = min(Int(String(decoding: digits, as: UTF8.self)) ?? 1_000, 1_000)
        return isNegative ? -magnitude : magnitude
    }
}
