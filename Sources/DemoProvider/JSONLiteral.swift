import JSON

/// JSON written the way it stands on the wire: a literal whose interpolated values encode
/// themselves, so that each shape can be read and the order of its keys is fixed.
///
/// ```swift
/// let body: JSONLiteral = #"{"id":\#(id),"tokens":\#(12)}"#
/// ```
///
/// A text becomes a quoted string, `nil` becomes `null`, and another ``JSONLiteral`` goes in as it is.
/// Nothing checks the literal parts.
struct JSONLiteral: Sendable, ExpressibleByStringInterpolation {
    private(set) var bytes: [UInt8]

    init(stringLiteral value: String) { bytes = [UInt8](value.utf8) }
    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    static let null: JSONLiteral = "null"

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        mutating func appendInterpolation(_ json: JSONLiteral) { bytes += json.bytes }
        mutating func appendInterpolation(_ number: Int) { bytes += String(number).utf8 }
        mutating func appendInterpolation(_ flag: Bool) { bytes += (flag ? "true" : "false").utf8 }
        mutating func appendInterpolation(_ amount: NanoUSD) { bytes += amount.decimal.utf8 }

        mutating func appendInterpolation(_ text: String?) { bytes += JSONWriter.bytes(of: text) }

        mutating func appendInterpolation(_ items: [JSONLiteral]) {
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += item.bytes
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }
}
