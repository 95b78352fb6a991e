import HTTPTypes
import TestSupport
import Testing

@testable import Atelier

@Suite struct RetryTests {
    private let turns = Counter()

    /// How often a model was asked.
    private func calls(_ bench: Workbench, of model: String) -> Int {
        bench.server.requests.count { $0.bodyText.contains(#""model":"\#(model)""#) }
    }

    @Test(
        "A call of which nothing came is made again",
        arguments: [429, 502, 503])
    func retried(status: Int) throws {
        let bench = try Workbench { [turns] exchange in
            guard turns.increment() > 2 else {
                return try exchange.respond(status: status, body: "later")
            }
            try exchange.say(["at last"])
        }
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        #expect(events.text == "at last")
        #expect(try events.last?.field("state") == "completed")
        #expect(events.count { $0.name == "generation" } == 1)
    }

    @Test func itIsNotRepeatedForEver() throws {
        let bench = try Workbench { try $0.respond(status: 503, body: "away") }
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        #expect(events.last?.name == "error")
        #expect(calls(bench, of: "writer") == 4)
    }

    @Test func aWishToWaitForLongIsNotFollowed() throws {
        let bench = try Workbench {
            try $0.respond(status: 429, headers: [("Retry-After", "30")], body: "{}")
        }
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        #expect(try events.last?.field("code") == "provider_rate_limited")
        #expect(calls(bench, of: "writer") == 1)
    }

    @Test func whatHasBegunIsNeverBegunAgain() throws {
        let bench = try Workbench { try $0.breakOff() }
        let admin = try bench.signIn()
        #expect(admin.say("Hi", in: try admin.newConversation()).events.text == "half")
        #expect(calls(bench, of: "writer") == 1)
    }

    @Test("Fallback models answer in their order, and the answer says so")
    func fallback() throws {
        let bench = try Workbench { exchange in
            if exchange.request.bodyText.contains(#""model":"reserve""#) {
                try exchange.say(["I ", "can"])
            } else {
                try exchange.respond(status: 404, body: #"{"error":{"message":"no such model"}}"#)
            }
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let models = ["gone", "spare", "reserve"]
        let changed = admin.patch(
            "/conversations/\(id)", #"{"fallback_models":["gone","spare","reserve"]}"#)
        #expect(try changed.field("fallback_models", as: [String].self) == models)

        let done = try #require(
            admin.post(
                "/conversations/\(id)/messages", #"{"text":"Hi","model":"writer"}"#,
                headers: [.accept: "text/event-stream"]
            ).events.last)
        #expect(try done.field("state") == "completed")
        #expect(try done.field("model") == "reserve")
        #expect(try done.field("model_name") == "Reserve")
        #expect(try done.field("requested_model") == "writer")
        #expect(calls(bench, of: "spare") == 1)
        let stored = admin.get("/conversations/\(id)/messages").text
        #expect(stored.contains(#""requested_model":"writer""#))
        // What was chosen stays chosen.
        #expect(try admin.get("/conversations/\(id)").field("model") == "writer")
    }

    @Test(
        "Fallback models that are not sound are refused",
        arguments: [
            #"["a","b","c","d","e","f"]"#, #"["a","a"]"#, #"[""]"#, #"["a",5]"#, #""a""#,
        ])
    func unsoundFallbacks(list: String) throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let answer = admin.patch("/conversations/\(id)", #"{"fallback_models":\#(list)}"#)
        #expect(answer.status == 422)
        #expect(answer.code == "invalid_body")
    }

    @Test func aStopEndsTheWaiting() throws {
        let asked = Counter()
        let bench = try Workbench { exchange in
            asked.increment()
            try exchange.respond(status: 429, headers: [("Retry-After", "15")], body: "{}")
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let writer = CollectingWriter()
        let sending = JoinableThread {
            _ = admin.send(
                .post, "/conversations/\(id)/messages", #"{"text":"Hi"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
        }
        #expect(asked.wait(for: 1))
        let first = try #require(Answer(status: 200, headers: [:], body: writer.bytes).events.first)
        let stopped = admin.post("/generations/\(try first.field("generation_id"))/stop")
        #expect(try stopped.field("state") == "stopped")
        sending.join()
    }

    @Test func thePauseIsSpreadAndBounded() throws {
        let policy = RetryPolicy()
        for attempt in 1...3 {
            let base = policy.pauses[attempt - 1]
            let pauses = (1...50).compactMap { _ in
                policy.pause(after: attempt, wish: nil, hasAlternative: false)
            }
            #expect(pauses.count == 50)
            #expect(pauses.allSatisfy { $0 >= base / 2 && $0 <= base * 3 / 2 })
            #expect(Set(pauses).count > 1)
        }
        #expect(policy.pause(after: 4, wish: nil, hasAlternative: false) == nil)
        #expect(policy.pause(after: 1, wish: .seconds(7), hasAlternative: false) == .seconds(7))
        #expect(policy.pause(after: 1, wish: .seconds(21), hasAlternative: false) == nil)
        #expect(policy.pause(after: 1, wish: .seconds(7), hasAlternative: true) == nil)
        #expect(policy.pause(after: 2, wish: nil, hasAlternative: true) == nil)
    }
}
