import Testing

@testable import JSON

@Suite struct TextJoinerTests {
    private func joined(_ pieces: [JSONValue]) -> String {
        var joiner = TextJoiner()
        return pieces.map { joiner.take($0) }.joined() + joiner.finish()
    }

    private func json(_ text: String) throws -> JSONValue {
        try #require(JSONValue(Array(text.utf8)))
    }

    @Test(
        "Case 20: an emoji whose halves come apart is whole again",
        arguments: [
            [#""\ud83d""#, #""\ude00""#], [#""a\ud83d""#, #""\ude00b""#],
            [#""\uD83D""#, #""""#, #""\uDE00""#], [#""\ud83d\ude00""#],
            [#""\ud83d""#, #""\ude00\ud83d""#, #""\ude00""#],
        ])
    func halves(pieces: [String]) throws {
        let text = joined(try pieces.map(json))
        #expect(text.replacing("a", with: "").replacing("b", with: "").allSatisfy { $0 == "😀" })
        #expect(text.contains("😀"))
    }

    @Test(
        "Half of one that has no other half is one U+FFFD",
        arguments: [
            ([#""a\ud83d""#], "a\u{FFFD}"), ([#""a\ud83d""#, #""b""#], "a\u{FFFD}b"),
            ([#""\ude00a""#], "\u{FFFD}a"), ([#""\ude00\ud83d""#], "\u{FFFD}\u{FFFD}"),
            ([#""\ud83d""#, #""\ud83d""#, #""\ude00""#], "\u{FFFD}😀"),
            ([#""\ud83dx\ude00""#], "\u{FFFD}x\u{FFFD}"),
        ])
    func lonelyHalves(pieces: [String], text: String) throws {
        #expect(joined(try pieces.map(json)) == text)
    }

    @Test("Bytes of UTF-8 that come apart, cut at every place")
    func bytes() throws {
        let bytes = Array("aé€😀\u{D7FF}z".utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                let strings = try pieces.map { piece -> JSONValue in
                    try #require(JSONValue([UInt8(ascii: "\"")] + piece + [UInt8(ascii: "\"")]))
                }
                #expect(joined(strings) == "aé€😀\u{D7FF}z")
            }
        }
    }

    @Test func brokenBytesAreReplacedAndSpoilNothing() {
        #expect(joined([.broken([0xFF, 0x61]), .string("b")]) == "\u{FFFD}ab")
        #expect(joined([.broken([0x61, 0xF0, 0x9F]), .string("b")]) == "a\u{FFFD}b")
        #expect(
            joined([.broken([0xED]), .broken([0xA0, 0xBD, 0xED, 0xB8]), .broken([0x80])]) == "😀")
    }

    @Test func noiseIsReadToItsEnd() {
        var state: UInt64 = 1
        for _ in 1...20_000 {
            let pieces = (1...3).map { _ in
                JSONValue.broken(
                    (0..<5).map { _ in
                        state = state &* 6_364_136_223_846_793_005 &+ 1
                        return [0xED, 0xA0, 0xBD, 0xB8, 0x80, 0xF0, 0x9F, 0x61][Int(state >> 61)]
                    })
            }
            _ = joined(pieces)
        }
    }
}
