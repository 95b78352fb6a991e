/// A JSON text from somebody else's server, read without faith: what is missing, null or of another
/// type than expected reads as absent and does not spoil the rest.
///
/// It stands in for `JSONDecoder` where answers are read: it takes a quarter of the time for a chunk
/// of a stream, keeps the digits of numbers as they were written, and replaces invalid UTF-8.
public enum JSONValue: Sendable {
    public struct Member: Sendable {
        public let key: String
        public let value: JSONValue

        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case number(String)
    case string(String)
    /// Text that is not whole: it holds invalid UTF-8, or half of an escaped surrogate pair, written
    /// as if it were a character (three bytes). ``TextJoiner`` finds the other half in the next one.
    case broken([UInt8])
    case array([JSONValue])
    case object([Member])

    /// - Returns: `nil` when `bytes` are not one JSON value.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        var parser = JSONParser(bytes)
        guard let value = try? parser.document() else { return nil }
        self = value
    }

    public init?(_ bytes: [UInt8]) {
        guard let value = bytes.withUnsafeBytes({ JSONValue($0) }) else { return nil }
        self = value
    }

    // MARK: Reading

    /// The member of an object, of equal ones the last; `null` when there is none.
    public subscript(key: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.key == key }?.value ?? .null
    }

    /// Whether it is an object with this member, whatever its value.
    public func contains(_ key: String) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.contains { $0.key == key }
    }

    /// The elements of an array; anything else has none.
    public var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    public var isObject: Bool {
        if case .object = self { true } else { false }
    }

    /// Text that is not empty; what is not whole in it is U+FFFD.
    public var text: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .broken(let bytes): TextJoiner.repaired(bytes)
        default: nil
        }
    }

    /// Text of at most so many bytes of UTF-8; longer text is cut.
    public func text(limitBytes: Int) -> String? {
        text.map { $0.cut(toBytes: limitBytes) }
    }

    public var isText: Bool {
        switch self {
        case .string(let text): !text.isEmpty
        case .broken: true
        default: false
        }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The digits of a number, or of text that may hold one.
    public var number: String? {
        if case .number(let digits) = self { digits } else { text }
    }

    /// A whole number, also as `12.0` or `"12"`; one that no integer can hold is none.
    public var integer: Int? {
        number.flatMap { Int($0) ?? DecimalText($0)?.scaled(by: 0).map { Int($0) } }
    }

    /// How many there are of something: at most `limit`, however many are claimed.
    ///
    /// - Returns: `nil` for what is no number, or a negative one.
    public func count(upTo limit: Int) -> Int? {
        guard let number, let magnitude = DecimalText(number)?.clamped(by: 0, to: Int64(limit)),
            magnitude >= 0
        else { return nil }
        return Int(magnitude)
    }
}
