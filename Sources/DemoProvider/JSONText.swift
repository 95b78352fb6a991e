/// JSON written the way it stands on the wire: a literal whose interpolated values encode
/// themselves, so that each shape can be read and the order of its keys is fixed.
///
/// ```swift
/// let body: JSONText = #"{"id":\#(id),"tokens":\#(12)}"#
/// ```
///
/// A text becomes a quoted string, `nil` becomes `null`, and another ``JSONText`` goes in as it is.
/// Nothing checks the literal parts.
struct JSONText: Sendable, ExpressibleByStringInterpolation {
    private(set) var bytes: [UInt8]

    init(stringLiteral value: String) { bytes = [UInt8](value.utf8) }
    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    static let null: JSONText = "null"

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        mutating func appendInterpolation(_ json: JSONText) { bytes += json.bytes }
        mutating func appendInterpolation(_ number: Int) { bytes += String(number).utf8 }
        mutating func appendInterpolation(_ flag: Bool) { bytes += (flag ? "true" : "false").utf8 }
        mutating func appendInterpolation(_ amount: NanoUSD) { bytes += amount.decimal.utf8 }

        mutating func appendInterpolation(_ text: String?) {
            guard let text else { return appendLiteral("null") }
            bytes.append(UInt8(ascii: "\""))
            var rest = text.utf8[...]
            while let index = rest.firstIndex(where: Self.mustBeEscaped) {
                bytes += rest[..<index]
                appendEscaped(rest[index])
                rest = rest[rest.index(after: index)...]
            }
            bytes += rest
            bytes.append(UInt8(ascii: "\""))
        }

        mutating func appendInterpolation(_ items: [JSONText]) {
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += item.bytes
            }
            bytes.append(UInt8(ascii: "]"))
        }

        /// Quotation mark, reverse solidus and control characters (RFC 8259, section 7).
        private static func mustBeEscaped(_ byte: UInt8) -> Bool {
            byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
        }

        private mutating func appendEscaped(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case UInt8(ascii: "\t"): bytes += #"\t"#.utf8
            case 0..<0x20:
                bytes += ((byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16)).utf8
            default: bytes += [UInt8(ascii: "\\"), byte]
            }
        }
    }
}
