import Glibc

/// Reads one JSON value (RFC 8259).
///
/// More lenient than the RFC where nothing can be misread: control characters within strings and
/// superfluous zeros of numbers pass; `NaN` and the infinities, which Python writes, are null in a list or object; half a
/// surrogate pair and invalid UTF-8 make a text ``JSONValue/broken(_:)``.
struct JSONParser {
    struct Malformed: Error {}

    /// Deeper nesting is refused, so that nobody can exhaust a thread's stack.
    private static let maximumDepth = 128

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// A byte order mark in front is ignored (RFC 8259, section 8.1).
    mutating func document() throws(Malformed) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value(depth: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw Malformed() }
        return value
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
        guard depth < Self.maximumDepth else { throw Malformed() }
        skipWhiteSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "N") where depth > 0: return try literal("NaN", .null)
        case UInt8(ascii: "I") where depth > 0: return try literal("Infinity", .null)
        case UInt8(ascii: "-")
        where depth > 0 && bytes[(position + 1)...].first == UInt8(ascii: "I"):
            return try literal("-Infinity", .null)
        default: return .number(try number())
        }
    }

    private mutating func members(depth: Int) throws(Malformed) -> [JSONValue.Member] {
        position += 1
        var members: [JSONValue.Member] = []
        if try skip(to: UInt8(ascii: "}")) { return members }
        members.reserveCapacity(8)
        while true {
            skipWhiteSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw Malformed() }
            let key = try string().text ?? ""
            guard try skip(to: UInt8(ascii: ":")) else { throw Malformed() }
            members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
            if try skip(to: UInt8(ascii: ",")) { continue }
            guard try skip(to: UInt8(ascii: "}")) else { throw Malformed() }
            return members
        }
    }

    private mutating func elements(depth: Int) throws(Malformed) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if try skip(to: UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            if try skip(to: UInt8(ascii: ",")) { continue }
            guard try skip(to: UInt8(ascii: "]")) else { throw Malformed() }
            return elements
        }
    }

    private mutating func number() throws(Malformed) -> String {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
                continue
            default: break
            }
            break
        }
        let text = text(start..<position)
        guard DecimalText(text) != nil else { throw Malformed() }
        return text
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Malformed)
        -> JSONValue
    {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, let start = bytes.baseAddress,
            memcmp(start + position, word.utf8Start, word.utf8CodeUnitCount) == 0
        else { throw Malformed() }
        position = end
        return value
    }

    // MARK: Strings

    /// Nearly all strings hold no escape and are copied as they are.
    private mutating func string() throws(Malformed) -> JSONValue {
        let start = position + 1
        guard let quote = find(UInt8(ascii: "\""), from: start, to: bytes.count) else {
            throw Malformed()
        }
        if let escape = find(UInt8(ascii: "\\"), from: start, to: quote) {
            return try escapedString(from: start, firstEscape: escape)
        }
        position = quote + 1
        return Self.text(of: UnsafeRawBufferPointer(rebasing: bytes[start..<quote]))
    }

    private static func text(of bytes: some Collection<UInt8>) -> JSONValue {
        String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .broken(Array(bytes))
    }

    private mutating func escapedString(from start: Int, firstEscape: Int) throws(Malformed)
        -> JSONValue
    {
        var plain = [UInt8](bytes[start..<firstEscape])
        position = firstEscape
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return Self.text(of: plain)
            case UInt8(ascii: "\\"): try appendEscaped(to: &plain)
            default: plain.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func appendEscaped(to plain: inout [UInt8]) throws(Malformed) {
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(byte)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "u"): try appendEscapedScalar(to: &plain)
        default: throw Malformed()
        }
    }

    /// Appends the character of `\uXXXX`, whose `\u` has been read, or of a pair of them.
    private mutating func appendEscapedScalar(to plain: inout [UInt8]) throws(Malformed) {
        let unit = try hexadecimal()
        if let scalar = Unicode.Scalar(unit) {
            plain.append(contentsOf: Character(scalar).utf8)
        } else {
            // Half a pair: written as if it were a character, for ``TextJoiner`` to join.
            plain += [
                UInt8(0xE0 | unit >> 12), UInt8(0x80 | unit >> 6 & 0x3F), UInt8(0x80 | unit & 0x3F),
            ]
        }
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt16 {
        guard position + 4 <= bytes.count,
            bytes[position] != UInt8(ascii: "+"), bytes[position] != UInt8(ascii: "-"),
            let unit = UInt16(text(position..<(position + 4)), radix: 16)
        else { throw Malformed() }
        position += 4
        return unit
    }

    // MARK: Bytes

    private func peek() throws(Malformed) -> UInt8 {
        guard position < bytes.count else { throw Malformed() }
        return bytes[position]
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Skips white space and then `byte`, if that is what follows.
    private mutating func skip(to byte: UInt8) throws(Malformed) -> Bool {
        skipWhiteSpace()
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    private func find(_ byte: UInt8, from start: Int, to end: Int) -> Int? {
        guard let base = bytes.baseAddress, start < end,
            let found = memchr(base + start, Int32(byte), end - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
