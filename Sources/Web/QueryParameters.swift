/// The parameters behind the `?` of a request target.
///
/// Decoded as `application/x-www-form-urlencoded` (WHATWG URL, section 5.1): `+` is a space, a
/// broken percent sequence stays as it is, and bytes that are not UTF-8 become U+FFFD.
public struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// - Parameter text: The query without its `?`; empty for none.
    public init(_ text: String) {
        pairs = text.isEmpty ? [] : text.split(separator: "&").map(Self.pair)
    }

    /// The first value of that name.
    public subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// A whole number within bounds.
    ///
    /// - Throws: ``Problem/invalidParameter(_:_:)`` when the parameter is there but is not such a number.
    public func integer(
        _ name: String, in bounds: ClosedRange<Int>, default fallback: Int
    ) throws(Problem) -> Int {
        guard let text = self[name] else { return fallback }
        guard let number = Int(text), bounds.contains(number) else {
            throw .invalidParameter(
                name, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    private static func pair(_ text: Substring) -> (name: String, value: String) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (decode(sides[0]), sides.count > 1 ? decode(sides[1]) : "")
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = String(Substring(rest.prefix(2)))
                if digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                    bytes.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
