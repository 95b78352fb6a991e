import HTTPTypes
import Testing

@testable import Web

@Suite struct RequestTests {
    @Test func queriesAreDecodedAsForms() {
        let query = QueryParameters("a=1&b=x+y%20z&c&d=%C3%A9&e=%zz&a=2&f=a=b&%67=h")
        #expect(query["a"] == "1")
        #expect(query["b"] == "x y z")
        #expect(query["c"] == "")
        #expect(query["d"] == "é")
        #expect(query["e"] == "%zz")
        #expect(query["f"] == "a=b")
        #expect(query["g"] == "h")
        #expect(query["none"] == nil)
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
