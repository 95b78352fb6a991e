import HTTPTypes
import SQL
import TestSupport
import Testing
import Threads

@testable import Atelier

/// What is sent to a conversation while an answer is being written there.
@Suite struct SimultaneousSendingTests {
    /// Opened when the first answer may end.
    let gate = Counter()
    let asked = Counter()
    let bench: Workbench
    let ada: Client

    init() throws {
        bench = try Workbench { [gate, asked] exchange in
            let text = exchange.request.bodyText
            guard !text.contains(#""model":"titles""#) else { return try exchange.say(["Title"]) }
            asked.increment()
            guard text.contains("Wait"), !text.contains("Next") else {
                return try exchange.say(["Answered."])
            }
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"Slowly"}}]}"#))
            _ = gate.wait(for: 1)
            try exchange.chunk(
                Exchange.event(
                    #"{"choices":[{"delta":{"content":" said."},"finish_reason":"stop"}]}"#))
            try exchange.chunk("data: [DONE]\n\n")
            try exchange.endStream()
        }
        ada = try bench.register("ada@example.org")
    }

    private struct Messages: Decodable {
        struct Item: Decodable {
            let id: String
            let text: String
            let siblings: [String]

            enum CodingKeys: String, CodingKey {
                case id, text
                case siblings = "sibling_ids"
            }
        }
        let items: [Item]
    }

    private func messages(_ id: String) throws -> [Messages.Item] {
        try ada.get("/conversations/\(id)/messages?limit=200").json(Messages.self).items
    }

    private func inBackground(_ work: @escaping @Sendable () -> Void) -> JoinableThread {
        JoinableThread(work)
    }

    /// A conversation in which an answer has begun and does not end.
    private func waitingConversation() throws -> (id: String, thread: JoinableThread) {
        let id = try ada.newConversation()
        let thread = inBackground { [ada] in _ = ada.say("Wait", in: id) }
        #expect(asked.wait(for: 1))
        return (id, thread)
    }

    @Test func theSecondWaitsForTheFirstAnswerAndKnowsIt() throws {
        let (id, first) = try waitingConversation()
        let other = Client(product: try bench.secondWorker(), token: ada.token)
        let second = inBackground { _ = other.say("Next", in: id) }
        while try messages(id).count < 4 { sleep(milliseconds: 2) }
        #expect(try messages(id).map(\.text) == ["Wait", "", "Next", ""], "both are kept at once")
        #expect(asked.value == 1)
        let reserved = try Database(path: bench.settings.databasePath).read { connection in
            try connection.all("SELECT reserved_nano_usd FROM calls ORDER BY created_ms") {
                try $0[0, as: Int.self]
            }
        }
        #expect(
            reserved[1] - reserved[0] >= 1_024 * 1_000, "the answer it waits for is set aside too")
        gate.increment()
        first.join()
        second.join()
        let all = try messages(id)
        #expect(all.map(\.text) == ["Wait", "Slowly said.", "Next", "Answered."])
        #expect(all.allSatisfy { $0.siblings.count == 1 })
        let request = try #require(bench.server.requests.last { $0.bodyText.contains("Next") })
        #expect(request.bodyText.contains("Slowly said."))
    }

    @Test func manyAtOnceStandOneAfterTheOther() throws {
        let id = try ada.newConversation()
        let threads = (0..<6).map { number in
            inBackground { [ada] in _ = ada.say("Number \(number)", in: id) }
        }
        for thread in threads { thread.join() }
        let all = try messages(id)
        #expect(all.count == 12)
        #expect(all.allSatisfy { $0.siblings.count == 1 })
        #expect(all.filter { $0.text == "Answered." }.count == 6)
        let newest = all[10].text
        let last = try #require(bench.server.requests.last { $0.bodyText.contains(newest) })
        for item in all.prefix(10) { #expect(last.bodyText.contains(item.text)) }
    }

    @Test func whoNamesAParentBranches() throws {
        let id = try ada.newConversation()
        _ = ada.say("First", in: id)
        let answer = try messages(id)[1].id
        for text in ["One", "Two"] {
            _ = ada.say(text, in: id, extra: #","parent_id":"\#(answer)""#)
        }
        let all = try messages(id)
        #expect(all.map(\.text) == ["First", "Answered.", "Two", "Answered."])
        #expect(all[2].siblings.count == 2)
    }

    @Test func oneThatWaitsCanBeStopped() throws {
        let (id, first) = try waitingConversation()
        let writer = CollectingWriter()
        let second = inBackground { [ada] in
            _ = ada.send(
                .post, "/conversations/\(id)/messages", #"{"text":"Next"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
        }
        while writer.bytes.isEmpty { sleep(milliseconds: 2) }
        let opening = Answer(status: 200, headers: [:], body: writer.bytes).events[0]
        let stopped = ada.post("/generations/\(try opening.field("generation_id"))/stop")
        #expect(try stopped.field("state") == "stopped")
        second.join()
        #expect(asked.value == 1, "nobody was asked for what was stopped")
        gate.increment()
        first.join()
        #expect(try messages(id).map(\.text) == ["Wait", "Slowly said.", "Next", ""])
    }

    @Test func theSameKeyTwiceAtOnceIsOneSending() throws {
        let id = try ada.newConversation()
        let threads = (0..<4).map { _ in
            inBackground { [ada] in
                _ = ada.post(
                    "/conversations/\(id)/messages", #"{"text":"Once"}"#,
                    headers: [.idempotencyKey: "k"])
            }
        }
        for thread in threads { thread.join() }
        #expect(try messages(id).map(\.text).count == 2)
    }

    @Test func aFallbackIsAskedWithAsMuchAsItCanRead() throws {
        let list = """
            {"data": [
                {"id": "wide", "name": "Wide", "context_length": 100000},
                {"id": "narrow", "name": "Narrow", "context_length": 2000},
                {"id": "titles", "name": "Titles", "context_length": 4096}
            ]}
            """
        let bench = try Workbench(list: (200, list)) { exchange in
            let text = exchange.request.bodyText
            if text.contains(#""model":"wide""#), text.contains("third") {
                return try exchange.respond(status: 400, body: "{}")
            }
            try exchange.say(["Answered."])
        }
        let eve = try bench.register("eve@example.org")
        let id = try eve.post(
            "/conversations", #"{"model":"wide","fallback_models":["narrow"]}"#
        ).field("id")
        _ = eve.say("The first " + String(repeating: "x", count: 5_000), in: id)
        _ = eve.say("The second", in: id)
        _ = eve.say("The third", in: id)
        let asked = bench.server.requests.map(\.bodyText).filter { $0.contains("The third") }
        let wide = try #require(asked.first { $0.contains(#""model":"wide""#) })
        #expect(wide.contains("The first"))
        let narrow = try #require(asked.first { $0.contains(#""model":"narrow""#) })
        #expect(!narrow.contains("The first"))
        #expect(narrow.contains("The second"))
    }
}
