/// A JSON text from somebody else's server, read without faith: what is missing, null or of another
/// type than expected reads as absent and does not spoil the rest.
///
/// It stands in for `JSONDecoder` where answers are read: it takes a quarter of the time for a chunk
/// of a stream, keeps the digits of numbers as they were written, and replaces invalid UTF-8.
enum JSON: Sendable {
    struct Member: Sendable {
        let key: String
        let value: JSON
    }

    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// - Returns: `nil` when `bytes` are not one JSON value.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var parser = JSONParser(bytes)
        guard let value = try? parser.document() else { return nil }
        self = value
    }

    init?(_ bytes: [UInt8]) {
        guard let value = bytes.withUnsafeBytes({ JSON($0) }) else { return nil }
        self = value
    }

    // MARK: Reading

    /// The member of an object, of equal ones the last; `null` when there is none.
    subscript(key: String) -> JSON {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.key == key }?.value ?? .null
    }

    /// Whether it is an object with this member, whatever its value.
    func contains(_ key: String) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.contains { $0.key == key }
    }

    /// The elements of an array; anything else has none.
    var elements: [JSON] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    /// Text that is not empty.
    var text: String? {
        if case .string(let text) = self, !text.isEmpty { text } else { nil }
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The digits of a number, or of text that may hold one.
    var number: String? {
        if case .number(let digits) = self { digits } else { text }
    }

    /// A whole number, also as `12.0` or `"12"`.
    var integer: Int? {
        number.flatMap { Int($0) ?? Money.scaled($0, scale: 0).map { Int($0) } }
    }
}
