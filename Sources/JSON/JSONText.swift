/// One JSON text (RFC 8259), checked whole before anything is decoded from it.
///
/// Stricter than the decoder where that would guess: a name stands once in an object, and nothing
/// comes before or after the value. Milder in one thing: what no database keeps as text, half a
/// surrogate pair (which JavaScript's strings may hold) and U+0000, becomes U+FFFD.
public struct JSONText: Sendable {
    /// What is wrong with a body, and where.
    public struct Fault: Error, Equatable {
        /// For whoever sent it.
        public let detail: String

        fileprivate init(_ detail: String) { self.detail = detail }
    }

    /// Deeper nesting than any body of ours needs; bounds the recursion of every reader.
    public static let depthLimit = 64

    /// Sound JSON once `init` is done.
    public private(set) var bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// - Throws: ``Fault`` that says what is wrong, and where.
    public init(_ bytes: [UInt8]) throws(Fault) {
        self.bytes = bytes
        guard !bytes.isEmpty else { throw Fault("The body is empty. Send JSON.") }
        guard !bytes.starts(with: [0xef, 0xbb, 0xbf]) else {
            throw Fault("The body begins with a byte order mark. Leave it out.")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Fault("The body is not UTF-8.")
        }
        try readValue()
        skipSpace()
        guard position == bytes.count else { throw fault("something follows the value") }
    }

    /// What it says.
    public var value: JSONValue { JSONValue(bytes) ?? .null }

    /// Whether so many digits are a number as RFC 8259 has it.
    static func isNumber(_ digits: String) -> Bool {
        guard let first = digits.utf8.first, first == UInt8(ascii: "-") || first < 0x3A else {
            return false
        }
        return (try? JSONText(Array(digits.utf8))) != nil
    }

    // MARK: Values

    private mutating func readValue() throws(Fault) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try number()
        default: throw fault("there is no value")
        }
    }

    private mutating func object() throws(Fault) {
        var names: Set<String> = []
        try items(endingWith: UInt8(ascii: "}")) { text throws(Fault) in
            text.skipSpace()
            let start = text.position
            guard text.peek == UInt8(ascii: "\"") else { throw text.fault("a name must stand") }
            let name = Self.decoded(text.bytes[try text.string()])
            guard names.insert(name).inserted else {
                text.position = start
                throw text.fault("a name stands twice in one object")
            }
            text.skipSpace()
            guard text.take(UInt8(ascii: ":")) else { throw text.fault("a colon must stand") }
            try text.readValue()
        }
    }

    private mutating func array() throws(Fault) {
        try items(endingWith: UInt8(ascii: "]")) { text throws(Fault) in try text.readValue() }
    }

    /// What stands between two brackets, separated by commas.
    private mutating func items(
        endingWith end: UInt8, _ item: (inout JSONText) throws(Fault) -> Void
    ) throws(Fault) {
        depth += 1
        guard depth <= Self.depthLimit else {
            throw Fault("The JSON nests deeper than \(Self.depthLimit) levels.")
        }
        position += 1
        skipSpace()
        if !take(end) {
            repeat {
                try item(&self)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(end) else { throw fault("a comma or a closing bracket must stand") }
        }
        depth -= 1
    }

    private mutating func word(_ word: StaticString) throws(Fault) {
        for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard take(byte) else { throw fault("there is no value") }
        }
    }

    /// Any size: whether the number fits is the decoder's to say.
    private mutating func number() throws(Fault) {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
        }
    }

    private mutating func digits() throws(Fault) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw fault("a digit must stand") }
    }

    // MARK: Strings

    /// - Returns: Where it stands, with its quotation marks.
    private mutating func string() throws(Fault) -> Range<Int> {
        let start = position
        position += 1
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw fault("a control character must be escaped")
            default: position += 1
            }
        }
        throw fault("a text has no end")
    }

    private mutating func escape() throws(Fault) {
        let start = position
        position += 1
        switch peek {
        case UInt8(ascii: "u"): break
        case let byte? where #""\/bfnrt"#.utf8.contains(byte):
            position += 1
            return
        default: throw fault("an escape is not one")
        }
        position += 1
        let unit = try hexDigits()
        switch unit {
        case 0xd800..<0xdc00 where lowSurrogateFollows: position += 6
        case 0, 0xd800..<0xe000:
            bytes.replaceSubrange(start..<position, with: #"\ufffd"#.utf8)
        default: break
        }
    }

    private mutating func hexDigits() throws(Fault) -> UInt16 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, let unit = Self.hexNumber(digits) else {
            throw fault("an escape is not one")
        }
        position += 4
        return unit
    }

    private var lowSurrogateFollows: Bool {
        let next = bytes[position...].prefix(6)
        guard next.count == 6, next.starts(with: #"\u"#.utf8) else { return false }
        return Self.hexNumber(next.dropFirst(2)).map { (0xdc00..<0xe000).contains($0) } ?? false
    }

    private static func hexNumber(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.first != UInt8(ascii: "+") else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// The text of a string that is known to be sound.
    private static func decoded(_ string: ArraySlice<UInt8>) -> String {
        guard string.contains(UInt8(ascii: "\\")) else {
            return String(decoding: string.dropFirst().dropLast(), as: UTF8.self)
        }
        return JSONValue(Array(string))?.text ?? ""
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, " \t\n\r".utf8.contains(byte) { position += 1 }
    }

    private func fault(_ what: String) -> Fault {
        Fault("The body is not valid JSON: \(what), at byte \(position).")
    }
}
