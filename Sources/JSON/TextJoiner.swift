/// Joins a text that comes in pieces, each a JSON string of its own, where a piece may end in the
/// middle of a character: with half of a surrogate pair (RFC 8259, section 8.2), or with the first
/// bytes of a UTF-8 sequence. Models write byte by byte, and servers send what there is.
public struct TextJoiner {
    /// The beginning of a character whose end has not come yet.
    private var held: [UInt8] = []

    public init() {}

    /// - Returns: All that is whole by now; empty for what is no text.
    public mutating func take(_ piece: JSONValue) -> String {
        switch piece {
        case .string(let text) where held.isEmpty: return text
        case .string(let text): return join(Array(text.utf8))
        case .broken(let bytes): return join(bytes)
        default: return ""
        }
    }

    /// What is left of a character that was never ended: U+FFFD, or nothing.
    public mutating func finish() -> String {
        defer { held = [] }
        return held.isEmpty ? "" : "\u{FFFD}"
    }

    /// A text that stands alone.
    public static func repaired(_ bytes: [UInt8]) -> String {
        var joiner = TextJoiner()
        return joiner.join(bytes) + joiner.finish()
    }

    private mutating func join(_ more: [UInt8]) -> String {
        let bytes = held + more
        let end = bytes.count - Self.openBytes(at: bytes[...])
        held = Array(bytes[end...])
        return String(decoding: Self.withWholePairs(bytes[..<end]), as: UTF8.self)
    }

    /// How many bytes at the end begin a character and do not end it.
    private static func openBytes(at bytes: ArraySlice<UInt8>) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.endIndex - length]
            guard lead & 0xC0 == 0x80 else {
                let isOpen = lead >= 0xC2 && lead < 0xF5 && length < sequenceLength(lead)
                // Half a pair may be followed by the first bytes of the other half.
                let before = isOpen && lead == 0xED ? bytes.dropLast(length) : bytes
                let half = isHalf(before.suffix(3), second: 0xA0...0xAF) ? 3 : 0
                return isOpen ? length + (lead == 0xED ? half : 0) : half
            }
        }
        return 0
    }

    private static func sequenceLength(_ lead: UInt8) -> Int {
        lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    }

    /// Whether three bytes stand for half of a surrogate pair, the one that the second byte tells.
    private static func isHalf(_ bytes: ArraySlice<UInt8>, second: ClosedRange<UInt8>) -> Bool {
        bytes.count == 3 && bytes[bytes.startIndex] == 0xED
            && second.contains(bytes[bytes.startIndex + 1])
    }

    /// Puts the character in the place of two halves, and U+FFFD in that of one.
    private static func withWholePairs(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.first {
            if isHalf(rest.prefix(3), second: 0xA0...0xAF),
                isHalf(rest.dropFirst(3).prefix(3), second: 0xB0...0xBF)
            {
                let (high, low) = (unit(rest), unit(rest.dropFirst(3)))
                let code = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
                // The ranges above leave nothing else than a scalar.
                result += Character(Unicode.Scalar(code) ?? "\u{FFFD}").utf8
                rest = rest.dropFirst(6)
            } else if isHalf(rest.prefix(3), second: 0xA0...0xBF) {
                result += "\u{FFFD}".utf8
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func unit(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let start = bytes.startIndex
        return 0xD000 | UInt32(bytes[start + 1] & 0x3F) << 6 | UInt32(bytes[start + 2] & 0x3F)
    }
}
