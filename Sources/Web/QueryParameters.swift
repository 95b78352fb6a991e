/// The parameters behind the `?` of a request target, `application/x-www-form-urlencoded` (WHATWG
/// URL, section 5.1).
///
/// Nothing is guessed: where a parser would repair, ``fault`` says what is wrong, and ``Application``
/// refuses the request before any route sees it.
public struct QueryParameters: Sendable {
    private var values: [String: String] = [:]
    /// What is wrong with the query; `nil` when it is sound.
    public private(set) var fault: Problem?

    /// - Parameter text: The query without its `?`; empty for none.
    public init(_ text: String) {
        do throws(Problem) {
            for pair in text.split(separator: "&") {
                let sides = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = try Self.decode(sides[0])
                guard values[name] == nil else {
                    throw .invalidParameter(name, "stands in the address twice")
                }
                values[name] = sides.count > 1 ? try Self.decode(sides[1]) : ""
            }
        } catch {
            fault = error
        }
    }

    /// The value of that name.
    public subscript(name: String) -> String? { values[name] }

    /// The value of that name, with no more bytes than a sound one may have.
    ///
    /// - Throws: ``Problem/invalidParameter(_:_:)``.
    public func text(_ name: String, limit: Int) throws(Problem) -> String? {
        guard let text = self[name] else { return nil }
        guard text.utf8.count <= limit else {
            throw .invalidParameter(name, "may hold \(limit) bytes")
        }
        return text
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

    private static func decode(_ text: Substring) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = Substring(rest.prefix(2))
                guard digits.utf8.count == 2, !digits.hasPrefix("+"),
                    let value = UInt8(digits, radix: 16)
                else { throw .invalidQuery }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .invalidQuery
        }
        return decoded
    }
}
