import HTTPTypes
import Testing

@testable import Web

@Suite struct JSONBodyTests {
    private struct Draft: Equatable {
        let title: String
        let size: Int?

        init(_ body: JSONBody) throws(Problem) {
            title = try body.text("title")
            size = try body.object(ifAny: "part")?.integer("size")
        }
    }

    private func decode(_ text: String) throws -> Draft {
        try Draft(JSONBody([UInt8](text.utf8)))
    }

    private func problem(_ body: [UInt8]) -> Problem? {
        do {
            _ = try Draft(JSONBody(body))
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsThereIsRead() throws {
        let draft = try decode(#"{"title":"é/","part":{"size":3},"unknown":[1]}"#)
        #expect(draft.title == "é/" && draft.size == 3)
        #expect(try decode(#"{"title":"","part":null}"#).size == nil)
        let body = try JSONBody(
            Array(#"{"list":["a",""],"flag":false,"none":null,"n":1e2,"o":[{"t":"x"}]}"#.utf8))
        #expect(try body.texts(ifAny: "list") == ["a", ""])
        #expect(try body.flag(ifAny: "flag") == false)
        #expect(try body.integer(ifAny: "n") == 100)
        #expect(try body.objects("o").map { try $0.text("t") } == ["x"])
        #expect(body.contains("none") && !body.contains("other"))
        #expect(try body.text(ifAny: "none") == nil && body.texts(ifAny: "other") == nil)
    }

    @Test func aWrongElementIsNamed() throws {
        let body = try JSONBody(Array(#"{"list":["a",1],"flag":1,"o":[{}],"text":"x"}"#.utf8))
        func fault(_ read: () throws -> Void) -> Problem.FieldFault? {
            do { try read() } catch { return (error as? Problem)?.faults.first }
            return nil
        }
        #expect(
            fault { _ = try body.texts(ifAny: "list") }
                == .init(field: "list.Index 1", message: "must be a text"))
        #expect(
            fault { _ = try body.texts(ifAny: "text") }
                == .init(field: "text", message: "must be a list"))
        #expect(
            fault { _ = try body.flag(ifAny: "flag") }
                == .init(field: "flag", message: "must be true or false"))
        #expect(
            fault { _ = try body.objects("o")[0].text("t") }
                == .init(field: "o.Index 0.t", message: "is missing"))
    }

    @Test(
        "What is no JSON says so",
        arguments: [
            "", " ", "{", #"{"title":"a"} x"#, #"{"title":"a"}{}"#, "nul", #"{"title":"\u12"}"#,
            #"{"title":"\u+123"}"#, #"{"title":"\x"}"#, #"{"title":"a",}"#, #"{'title':"a"}"#,
            #"{"title":"a"}/**/"#, #"{"title":"a","n":01}"#, #"{"title":"a","n":+1}"#,
            #"{"title":"a","n":1.}"#, #"{"title":"a","n":.5}"#, #"{"title":"a","n":1e}"#,
            #"{"title":"a","n":NaN}"#, #"{"title":"a","n":[1 2]}"#, #"{"title" "a"}"#,
            #"{"title":}"#,
            #"{title:"a"}"#, "{\"title\":\"a\nb\"}", "{\"title\":\"a\u{0}\"}", #"{"title":"a"#,
            "\u{feff}{\"title\":\"a\"}",
            #"{"title":"a","title":"b"}"#, #"{"title":"a","t\u0069tle":"b"}"#,
            #"{"title":"a","part":{"size":1,"size":1}}"#,
        ])
    func invalid(text: String) {
        #expect(problem([UInt8](text.utf8))?.code == "invalid_json")
        #expect(problem([UInt8](text.utf8))?.status == .badRequest)
    }

    @Test func anotherEncodingIsNoJSON() {
        let utf16 = #"{"title":"a"}"#.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        #expect(problem(utf16)?.code == "invalid_json")
        #expect(problem([0xff, 0xfe] + utf16)?.code == "invalid_json")
    }

    @Test(
        "What no database keeps as text becomes U+FFFD",
        arguments: [
            (#"half \ud83d smile"#, "half \u{fffd} smile"), (#"\uD83D"#, "\u{fffd}"),
            (#"\ude00\ud83d"#, "\u{fffd}\u{fffd}"), (#"\ud83d\ude00"#, "😀"),
            (#"\ud83d\ud83d\ude00"#, "\u{fffd}😀"), (#"\ud83d\u0041"#, "\u{fffd}A"),
            (#"\ud83d\n"#, "\u{fffd}\n"), (#"a\u0000b"#, "a\u{fffd}b"), (#"\\ud83d"#, #"\ud83d"#),
            (#"\\\ud83d"#, "\\\u{fffd}"),
        ])
    func repaired(escaped: String, text: String) throws {
        #expect(try decode(#"{"title":"\#(escaped)","\#(escaped)":1}"#).title == text)
    }

    @Test(
        "A number of any size is sound JSON, but not always what a field takes",
        arguments: ["1e999", "-1e999", "9223372036854775808", "1.5", "-0.1"])
    func numbers(text: String) throws {
        _ = try decode(#"{"title":"a","unknown":\#(text)}"#)
        let found = problem([UInt8](#"{"title":"a","part":{"size":\#(text)}}"#.utf8))
        #expect(found?.status == .unprocessableContent)
        #expect(found?.code == "invalid_body")
    }

    @Test func whereTheFaultIsIsTold() {
        let found = problem([UInt8](#"{"title":"a","title":"b"}"#.utf8))
        #expect(
            found?.detail
                == "The body is not valid JSON: a name stands twice in one object, at byte 13.")
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
            ("[]", "The body", "must be an object"),
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
        #expect(throws: Problem.self) { try request(type, #"{"title":"a"}"#).json() }
    }

    @Test func parametersOfTheMediaTypeDoNotMatter() throws {
        _ = try request("Application/JSON; charset=utf-8", #"{"title":"a"}"#).json()
    }

    @Test func aBodyOverTheLimitIsRefused() {
        let long = request(
            "application/json", #"{"title":"\#(String(repeating: "x", count: 100))"}"#)
        #expect(throws: Problem.self) { try long.json(limit: 50) }
    }
}
