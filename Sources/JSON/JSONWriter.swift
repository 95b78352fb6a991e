/// Writes one JSON text (RFC 8259) straight into bytes: members in the order in which they are
/// written, `null` out loud, slashes unescaped, no line break.
///
/// ```swift
/// json.object {
///     $0.member("id", id)
///     $0.member("title", title)  // nil becomes null
///     $0.member("size") { $0.object { $0.member("width", 3) } }
/// }
/// ```
public struct JSONWriter: Sendable {
    /// One whole value, once everything that was begun has ended.
    public private(set) var bytes: [UInt8] = []
    /// Whether what comes next is the second or a later element of its list or object.
    private var needsComma = false

    public init() {}

    /// A value as a text of its own.
    public static func bytes(of value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.bytes
    }

    /// The text of an object.
    public static func object(_ members: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter()
        try writer.object(members)
        return writer.bytes
    }

    // MARK: Lists and objects

    public mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "{"))
        try members(&self)
        end(UInt8(ascii: "}"))
    }

    public mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "["))
        try elements(&self)
        end(UInt8(ascii: "]"))
    }

    /// - Parameter name: Needs no escape; it is ours.
    public mutating func member(_ name: StaticString, _ value: some JSONWritable) {
        key(name)
        value.write(to: &self)
    }

    /// A member that is left out where there is no value: for what a format forbids to be null.
    public mutating func member(_ name: StaticString, ifAny value: (some JSONWritable)?) {
        if let value { member(name, value) }
    }

    /// - Parameter value: Writes exactly one value.
    public mutating func member(
        _ name: StaticString, _ value: (inout JSONWriter) throws -> Void
    ) rethrows {
        key(name)
        try value(&self)
    }

    /// A member whose name is anybody's.
    public mutating func member(named name: String, _ value: some JSONWritable) {
        member(named: name) { value.write(to: &$0) }
    }

    /// - Parameter value: Writes exactly one value.
    public mutating func member(
        named name: String, _ value: (inout JSONWriter) throws -> Void
    ) rethrows {
        append(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        try value(&self)
    }

    private mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    // MARK: Values

    public mutating func null() { literal("null") }

    public mutating func append(_ flag: Bool) { literal(flag ? "true" : "false") }

    public mutating func append(_ number: some BinaryInteger) {
        separate()
        bytes += String(number).utf8
        needsComma = true
    }

    /// What is no number, JSON cannot say: it becomes null.
    public mutating func append(_ number: Double) {
        guard number.isFinite else { return null() }
        if let whole = Int(exactly: number) { return append(whole) }
        separate()
        bytes += number.description.utf8
        needsComma = true
    }

    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    /// A text from its bytes; what is not UTF-8 in it becomes U+FFFD.
    public mutating func append(utf8 text: [UInt8]) {
        guard String(validating: text, as: UTF8.self) != nil else {
            return append(String(decoding: text, as: UTF8.self))
        }
        text.withUnsafeBufferPointer { quote($0) }
    }

    /// - Parameter json: One sound value, written already.
    public mutating func append(json: some Sequence<UInt8>) {
        separate()
        bytes += json
        needsComma = true
    }

    private mutating func literal(_ word: StaticString) {
        separate()
        bytes += UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    // MARK: Texts

    /// Escapes what must be (RFC 8259, section 7): quotation mark, reverse solidus, control characters.
    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                continue
            }
            bytes += UnsafeBufferPointer(rebasing: text[start..<index])
            escape(byte)
            start = index + 1
        }
        bytes += UnsafeBufferPointer(rebasing: text[start...])
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20: bytes += [0x75, 0x30, 0x30, Self.digit(byte >> 4), Self.digit(byte & 0xF)]
        default: bytes.append(byte)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
