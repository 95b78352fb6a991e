import HTTPTypes
import Logging
import Testing

@testable import Web

@Suite struct RequestTests {
    @Test func queriesAreDecodedAsForms() {
        let query = QueryParameters("a=1&b=x+y%20z&c&d=%C3%A9&&f=a=b&%67=h&é=%26")
        #expect(query.fault == nil)
        #expect(query["a"] == "1")
        #expect(query["b"] == "x y z")
        #expect(query["c"] == "")
        #expect(query["d"] == "é")
        #expect(query["f"] == "a=b")
        #expect(query["g"] == "h")
        #expect(query["é"] == "&")
        #expect(query["none"] == nil)
    }

    @Test(
        "A query that is not sound is refused, whatever the route",
        arguments: [
            ("a=%zz", "invalid_query"), ("a=%", "invalid_query"), ("a=%4", "invalid_query"),
            ("a=%+1", "invalid_query"), ("a=%ff", "invalid_query"), ("%C3=a", "invalid_query"),
            ("a=%ED%A0%BD", "invalid_query"), ("a=%00", "invalid_query"),
            ("a=1&a=2", "invalid_parameter"), ("a=1&%61=1", "invalid_parameter"),
            ("a&a", "invalid_parameter"),
        ])
    func unsoundQueries(text: String, code: String) {
        var router = Router()
        router.get("/") { _ in .noContent }
        let application = Application(router, logger: Logger(label: "test"))
        let answer = application.respond(
            to: Request(id: "r", method: .get, path: "/", query: QueryParameters(text)))
        #expect(answer.status == .badRequest)
        guard case .bytes(let body) = answer.body else { return #expect(Bool(false)) }
        #expect(String(decoding: body, as: UTF8.self).contains(#""code":"\#(code)""#))
    }

    @Test func aParameterIsBoundedInBytes() throws {
        #expect(try QueryParameters("q=%C3%A9").text("q", limit: 2) == "é")
        #expect(throws: Problem.self) { try QueryParameters("q=%C3%A9").text("q", limit: 1) }
    }

    @Test("A number out of bounds is refused", arguments: ["0", "201", "x", "", "1e1", "-3"])
    func bounds(text: String) throws {
        #expect(throws: Problem.self) {
            try QueryParameters("limit=\(text)").integer("limit", in: 1...200, default: 30)
        }
    }

    @Test func aMissingNumberIsTheDefault() throws {
        #expect(try QueryParameters("").integer("limit", in: 1...200, default: 30) == 30)
    }

    @Test func cookiesAreRead() {
        let request = Request(
            id: "r", method: .get, path: "/", headers: [.cookie: "a=1;  b = 2; c; d=x=y; a=3"])
        #expect(request.cookies["a"] == "1")
        #expect(request.cookies["d"] == "x=y")
        #expect(request.cookies["c"] == nil)
    }

    @Test(
        "Accept is read by media type",
        arguments: [
            ("text/event-stream", true), ("application/json, Text/Event-Stream;q=0.5", true),
            ("*/*", false), ("text/event-streams", false),
        ])
    func accept(field: String, accepted: Bool) {
        let request = Request(id: "r", method: .get, path: "/", headers: [.accept: field])
        #expect(request.accepts("text/event-stream") == accepted)
    }
}
