/// A decimal number taken apart: its value is the digits, read as an integer, × 10^exponent.
public struct DecimalText: Sendable {
    private var isNegative = false
    private var digits: [UInt8] = []  // values 0–9, no leading zeros
    private var exponent = 0

    /// Takes what JSON and price lists hold: `12`, `-0.5`, `.5`, `1.2e-07`, with any number of digits.
    ///
    /// - Returns: `nil` when `text` is no such number.
    public init?(_ text: some StringProtocol) {
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

    /// The number × 10^`scale`, rounded to the nearest integer, halves away from zero.
    ///
    /// - Returns: `nil` when the result does not fit.
    public func scaled(by scale: Int) -> Int64? {
        let shift = exponent + scale
        // Digits beyond the 38th left of the point could only overflow.
        guard shift < 38 else { return digits.allSatisfy { $0 == 0 } ? 0 : nil }
        let kept = digits.count + shift
        guard kept >= 0 else { return 0 }
        var magnitude: Int64 = 0
        for index in 0..<kept {
            let digit = index < digits.count ? Int64(digits[index]) : 0
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(digit)
            guard !overflow && !carry else { return nil }
            magnitude = sum
        }
        if kept < digits.count && digits[kept] >= 5 {
            guard magnitude < .max else { return nil }
            magnitude += 1
        }
        return isNegative ? -magnitude : magnitude
    }

    /// The same, but not beyond ±`limit`, however large the number is.
    public func clamped(by scale: Int, to limit: Int64) -> Int64 {
        min(max(scaled(by: scale) ?? (isNegative ? -limit : limit), -limit), limit)
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
