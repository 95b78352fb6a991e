import HTTPTypes
import Testing

@testable import Web

private struct Draft: Codable, Equatable {
    struct Part: Codable, Equatable { let size: Int }
    let title: String
    let part: Part?
}

@Suite struct JSONTests {
    private func decode(_ text: String) throws -> Draft {
        try JSON.decode(Draft.self, from: [UInt8](text.utf8))
    }

    private func problem(_ body: [UInt8]) -> Problem? {
        do {
            _ = try JSON.decode(Draft.self, from: body)
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test func decodesAndEncodes() throws {
        let draft = try decode(#"{"title":"é/","part":{"size":3},"unknown":[1]}"#)
        #expect(draft == Draft(title: "é/", part: .init(size: 3)))
        #expect(try decode(String(decoding: JSON.encode(draft), as: UTF8.self)) == draft)
    }

    @Test(
        "Any text can be quoted, and is read back",
        arguments: ["", "a\"b\\c/", "line\nfeed\r\t\u{0}\u{1f}\u{7f}", "é 漢 🙂 \u{2028}"])
    func quoting(text: String) throws {
        let quoted = JSON.quoted([UInt8](text.utf8))
        #expect(try JSON.decode(String.self, from: quoted) == text)
        #expect(!quoted.contains(UInt8(ascii: "\n")))
    }

    @Test func quotingRepairsWhatIsNotUTF8() throws {
        #expect(
            try JSON.decode(String.self, from: JSON.quoted([0x61, 0xff, 0x62])) == "a\u{fffd}b")
    }

    @Test(
        "What is no JSON says so",
        arguments: ["", "{", #"{"title":"a"} x"#, "nul", #"{"title":"\u12"}"#])
    func invalid(text: String) {
        #expect(problem([UInt8](text.utf8))?.code == "invalid_json")
        #expect(problem([UInt8](text.utf8))?.status == .badRequest)
    }

    @Test func invalidUTF8IsNoJSON() {
        #expect(problem([0x7b, 0x22, 0xff, 0x22, 0x7d])?.code == "invalid_json")
        #expect(
            problem([UInt8](#"{"title":""#.utf8) + [0xc3] + [UInt8](#""}"#.utf8))?.code
                == "invalid_json")
    }

    @Test func deepNestingIsRefusedBeforeItIsDecoded() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(problem([UInt8](deep.utf8))?.detail.contains("64") == true)
        let inString = #"{"title":"\#(String(repeating: "[", count: 200))\"["}"#
        #expect(problem([UInt8](inString.utf8)) == nil)
    }

    @Test(
        "A wrong field is named, with what it must be",
        arguments: [
            ("{}", "title", "is missing"), (#"{"title":1}"#, "title", "must be a text"),
            (#"{"title":null}"#, "title", "must be a text"),
            (#"{"title":"a","part":{"size":"x"}}"#, "part.size", "must be a whole number"),
            (#"{"title":"a","part":[]}"#, "part", "must be an object"),
        ])
    func wrongField(text: String, field: String, message: String) {
        let found = problem([UInt8](text.utf8))
        #expect(found?.status == .unprocessableContent)
        #expect(found?.faults == [Problem.FieldFault(field: field, message: message)])
    }

    private func request(_ type: String?, _ body: String) -> Request {
        var headers = HTTPFields()
        headers[.contentType] = type
        return Request(
            id: "r", method: .post, path: "/", headers: headers,
            body: BufferedBody([UInt8](body.utf8)))
    }

    @Test(
        "Only JSON media types are taken",
        arguments: [nil, "text/plain", "application/x-www-form-urlencoded"])
    func mediaType(type: String?) {
        #expect(throws: Problem.self) { try request(type, #"{"title":"a"}"#).json(Draft.self) }
    }

    @Test func parametersOfTheMediaTypeDoNotMatter() throws {
        _ = try request("Application/JSON; charset=utf-8", #"{"title":"a"}"#).json(Draft.self)
    }

    @Test func aBodyOverTheLimitIsRefused() {
        let long = request(
            "application/json", #"{"title":"\#(String(repeating: "x", count: 100))"}"#)
        #expect(throws: Problem.self) { try long.json(Draft.self, limit: 50) }
    }
}
