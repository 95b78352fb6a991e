import Testing

@testable import JSON

@Suite struct JSONValueTests {
    private func read(_ text: String) -> JSONValue? {
        JSONValue(Array(text.utf8))
    }

    /// Written by our own writer.
    private func written(_ text: String) throws -> String {
        String(decoding: JSONWriter.bytes(of: try #require(read(text))), as: UTF8.self)
    }

    @Test(
        arguments: [
            (
                #"{"b":[1,-2.5,true,false,null,"x",{}],"a":[]}"#,
                #"{"b":[1,-2.5,true,false,null,"x",{}],"a":[]}"#
            ),
            (" [ 1 , 2 ] \r\n\t", "[1,2]"), (#""text""#, #""text""#), ("0", "0"), ("null", "null"),
            ("\u{FEFF} [1]", "[1]"),
            (#"{"a":{"b":{"c":"Grüße 👋"}}}"#, #"{"a":{"b":{"c":"Grüße 👋"}}}"#),
            ("[[[]],[]]", "[[[]],[]]"), ("[01,+2,.5,1e3,-0,1.]", "[1,2,0.5,1e3,-0,1]"),
            (#"{"\"\n":"\u0001"}"#, #"{"\"\n":"\u0001"}"#),
        ])
    func values(text: String, expected: String) throws {
        #expect(try written(text) == expected)
    }

    @Test(
        arguments: [
            "", " ", "{", "}", "[", "]", "[1", "[1,]", "[,1]", "{,}", #"{"a"}"#, #"{"a":}"#,
            #"{"a":1,}"#,
            #"{a:1}"#, "{1:1}", #""open"#, #""\"#, #""\x""#, #""\u12""#, #""\u12G4""#, #""\u+123""#,
            "tru", "truth",
            "nulll", "nul", "1 2", "{}{}", "-", "1.2.3", "1e", "--1", "NaN", "[\u{FEFF}1]",
            "Infinity", "'a'",
            "<html>",
            "[1 2]", #"{"a" 1}"#, #"{"a":1 "b":2}"#, #""\ud83d\u12""#,
        ])
    func malformed(text: String) {
        #expect(read(text) == nil)
    }

    @Test("Every beginning of a text is refused, and none is read beyond its end")
    func beginnings() {
        let text = Array(#"{"a":[1.5e3,true,null,"x\u00fc\ud83d\ude00\n"],"b":{"c":false}}"#.utf8)
        #expect(JSONValue(text) != nil)
        for end in 0..<text.count { #expect(JSONValue(Array(text[..<end])) == nil, "\(end) bytes") }
    }

    @Test(
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u00fc\u20AC\u0000"#, "ü€\0"),
            (#"a\ud83d\ude00b"#, "a😀b"), (#"\ud83d"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
            (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\ud83d\u0041"#, "\u{FFFD}A"),
            (#"\ud83d\n"#, "\u{FFFD}\n"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
            ("a\tb\nc", "a\tb\nc"),
        ])
    func escapes(text: String, expected: String) {
        #expect(read("\"\(text)\"")?.text == expected)
    }

    @Test("14.7: invalid UTF-8 is replaced, with and without escapes")
    func invalidUTF8() {
        #expect(JSONValue([34, 97, 0xFF, 98, 34])?.text == "a\u{FFFD}b")
        #expect(JSONValue([34, 92, 110, 0xFF, 34])?.text == "\n\u{FFFD}")
    }

    @Test func nestingHasALimit() {
        let fits = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(read(fits) != nil)
        #expect(read("[" + fits + "]") == nil)
        #expect(read(String(repeating: "[", count: 1_000_000)) == nil)
        #expect(read(String(repeating: #"{"a":"#, count: 1_000_000)) == nil)
    }

    @Test func whatIsNotThereReadsAsAbsent() {
        let json = read(#"{"a":{"b":7},"n":null,"e":"","a2":[1]}"#) ?? .null
        #expect(json["a"]["b"].integer == 7)
        #expect(json["a"]["x"]["y"].text == nil)
        #expect(json["a2"]["b"].number == nil)
        #expect(json["n"].text == nil && json.contains("n") && !json.contains("x"))
        #expect(json["e"].text == nil)
        #expect(json["a"].elements.isEmpty && json["a2"].elements.count == 1)
        #expect(json["a"].isObject && !json["a2"].isObject)
        #expect(json["a"]["b"].bool == nil)
    }

    @Test func ofEqualKeysTheLastCounts() {
        #expect(read(#"{"a":1,"a":2}"#)?["a"].integer == 2)
    }

    @Test(
        "14.64: whole numbers in other clothes",
        arguments: [
            ("12", 12), ("12.0", 12), (#""12""#, 12), ("1.2e1", 12), ("-3", -3), ("0", 0),
            ("null", nil),
            (#""many""#, nil), ("true", nil), ("[]", nil), ("1e400", nil),
            ("9223372036854775808", nil),
        ] as [(String, Int?)])
    func integers(text: String, expected: Int?) {
        #expect(read(text)?.integer == expected)
    }

    @Test func digitsStayAsWritten() {
        #expect(
            read("0.12345678901234567890123456789")?.number == "0.12345678901234567890123456789")
    }
}
