import HTTPTypes
import TestSupport
import Testing

@Suite struct ConversationTests {
    let bench: Workbench
    let ada: Client

    init() throws {
        bench = try Workbench { exchange in
            // Titles are asked for by the model that is for them.
            if exchange.request.bodyText.contains(#""model":"titles""#) {
                try exchange.say(["\\\"A fine title\\\""])
            } else {
                try exchange.say(["Hello ", "there."])
            }
        }
        ada = try bench.register("ada@example.org")
    }

    private struct Messages: Decodable {
        struct Item: Decodable {
            let id: String
            let role: String
            let text: String
            let parentID: String?
            let siblingIDs: [String]

            enum CodingKeys: String, CodingKey {
                case id, role, text
                case parentID = "parent_id"
                case siblingIDs = "sibling_ids"
            }
        }
        let items: [Item]
        let nextCursor: String?

        enum CodingKeys: String, CodingKey {
            case items
            case nextCursor = "next_cursor"
        }
    }

    private func messages(_ id: String, _ query: String = "") throws -> Messages {
        try ada.get("/conversations/\(id)/messages\(query)").json(Messages.self)
    }

    @Test func aMessageIsAnsweredWordByWord() throws {
        let id = try ada.newConversation()
        let answer = ada.say("Hi", in: id)
        #expect(answer.headers[.contentType] == "text/event-stream")
        #expect(answer.events.map(\.name).first == "generation")
        #expect(answer.events.text == "Hello there.")
        let done = try #require(answer.events.last)
        #expect(done.name == "done")
        #expect(try done.field("state") == "completed")
        #expect(try done.field("cost_nano_usd", as: Int.self) == 20_000)
        let stored = try messages(id).items
        #expect(stored.map(\.text) == ["Hi", "Hello there."])
        #expect(stored.map(\.role) == ["user", "assistant"])
        #expect(stored[1].parentID == stored[0].id)
    }

    @Test func whatWasSaidBeforeIsSentAlong() throws {
        let id = try ada.newConversation()
        _ = ada.say("First question", in: id)
        _ = ada.say("Second question", in: id)
        let last = try #require(
            bench.server.requests.last { $0.bodyText.contains("Second question") })
        #expect(last.bodyText.contains("First question"))
        #expect(last.bodyText.contains("Hello there."))
        #expect(last.bodyText.contains(#""max_tokens":1024"#))
        #expect(!last.bodyText.contains("ada@example.org"))
    }

    @Test func onlyAsMuchIsSentAsTheModelCanRead() throws {
        let id = try ada.newConversation()
        _ = ada.say("Old: " + String(repeating: "x", count: 9_000), in: id)
        _ = ada.say("Newer", in: id)
        _ = ada.say("Newest " + String(repeating: "y", count: 1_000), in: id)
        let last = try #require(
            bench.server.requests.last {
                $0.bodyText.contains("Newest") && !$0.bodyText.contains("Question:")
            })
        #expect(last.bodyText.contains("Newer"))
        #expect(!last.bodyText.contains("Old: "))
    }

    @Test func editingAndRegeneratingMakeSiblings() throws {
        let id = try ada.newConversation()
        _ = ada.say("First", in: id)
        let first = try messages(id).items
        let again = ada.post(
            "/conversations/\(id)/messages", #"{"reply_to":"\#(first[0].id)"}"#,
            headers: [.accept: "text/event-stream"])
        #expect(again.events.last?.name == "done")
        let regenerated = try messages(id).items
        #expect(regenerated[0].id == first[0].id)
        #expect(regenerated[1].id != first[1].id)
        #expect(regenerated[1].siblingIDs == [first[1].id, regenerated[1].id])

        _ = ada.say("Edited", in: id, extra: #","parent_id":null"#)
        let edited = try messages(id).items
        #expect(edited.map(\.text) == ["Edited", "Hello there."])
        #expect(edited[0].siblingIDs == [first[0].id, edited[0].id])

        let back = ada.patch("/conversations/\(id)", #"{"active_message_id":"\#(first[0].id)"}"#)
        #expect(try back.field("active_message_id") == regenerated[1].id)
        #expect(try messages(id).items.map(\.id) == regenerated.map(\.id))
    }

    @Test func aLongBranchIsReadInPages() throws {
        let id = try ada.newConversation()
        for number in 1...4 { _ = ada.say("Question \(number)", in: id) }
        let newest = try messages(id, "?limit=3")
        #expect(newest.items.map(\.text) == ["Hello there.", "Question 4", "Hello there."])
        let cursor = try #require(newest.nextCursor)
        let older = try messages(id, "?limit=5&cursor=\(cursor)")
        #expect(
            older.items.map(\.text) == [
                "Question 1", "Hello there.", "Question 2", "Hello there.", "Question 3",
            ])
        #expect(older.nextCursor == nil)
    }

    @Test func theTitleIsMadeByTheModelForIt() throws {
        let id = try ada.newConversation()
        _ = ada.say("What is the answer?", in: id)
        let conversation = ada.get("/conversations/\(id)")
        #expect(try conversation.field("title") == "A fine title")
        #expect(try conversation.field("title_source") == "model")
    }

    @Test func aTitleOfOnesOwnStays() throws {
        let id = try ada.post("/conversations", #"{"title":"Mine"}"#).field("id")
        _ = ada.say("What is the answer?", in: id)
        #expect(try ada.get("/conversations/\(id)").field("title") == "Mine")
        #expect(
            try ada.patch("/conversations/\(id)", #"{"title":" New  name "}"#).field("title")
                == "New name")
    }

    @Test func conversationsAreListedLastChangedFirst() throws {
        var ids: [String] = []
        for number in 1...5 {
            ids.append(
                try ada.post("/conversations", #"{"title":"Number \#(number)"}"#).field("id"))
        }
        struct List: Decodable {
            struct Item: Decodable { let id: String }
            let items: [Item]
            let nextCursor: String?

            enum CodingKeys: String, CodingKey {
                case items
                case nextCursor = "next_cursor"
            }
        }
        let first = try ada.get("/conversations?limit=2").json(List.self)
        let second = try ada.get("/conversations?limit=2&cursor=\(first.nextCursor ?? "")").json(
            List.self)
        let third = try ada.get("/conversations?limit=2&cursor=\(second.nextCursor ?? "")").json(
            List.self)
        #expect((first.items + second.items + third.items).map(\.id) == ids.reversed())
        #expect(third.nextCursor == nil)
        #expect(
            try ada.get("/conversations?q=NUMBER%203").json(List.self).items.map(\.id) == [ids[2]])
    }

    @Test("Somebody else's conversation is not there")
    func othersConversations() throws {
        let id = try ada.newConversation()
        _ = ada.say("Secret", in: id)
        let generation = try messages(id)
        let bob = try bench.register("bob@example.org")
        for answer in [
            bob.get("/conversations/\(id)"), bob.get("/conversations/\(id)/messages"),
            bob.patch("/conversations/\(id)", #"{"title":"x"}"#),
            bob.delete("/conversations/\(id)"),
            bob.say("Hi", in: id),
        ] {
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
        }
        #expect(generation.items.count == 2)
        #expect(try messages(id).items.count == 2)
    }

    @Test func deletingRemovesItAll() throws {
        let id = try ada.newConversation()
        let events = ada.say("Hi", in: id).events
        let generation = try #require(events.first).field("generation_id")
        #expect(ada.delete("/conversations/\(id)").status == 204)
        #expect(ada.get("/conversations/\(id)").status == 404)
        #expect(ada.get("/generations/\(generation)").status == 404)
    }

    @Test(
        "A sending that is not sound is refused, and nothing is stored",
        arguments: [
            (#"{"#, 400, "invalid_json"), (#"[]"#, 422, "invalid_body"),
            (#"{}"#, 422, "invalid_body"),
            (#"{"text":5}"#, 422, "invalid_body"), (#"{"text":"  "}"#, 422, "invalid_body"),
            (#"{"text":"x","model":"no-such"}"#, 422, "model_unknown"),
            (#"{"text":"x","parent_id":"nowhere"}"#, 404, "not_found"),
            (#"{"reply_to":"nowhere"}"#, 404, "not_found"),
            (String(repeating: "[", count: 100), 400, "invalid_json"),
        ])
    func unsoundSending(json: String, status: Int, code: String) throws {
        let id = try ada.newConversation()
        let answer = ada.post("/conversations/\(id)/messages", json)
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect(try messages(id).items.isEmpty)
    }

    @Test("Continuing makes a sibling that begins with what was there")
    func continuing() throws {
        let turns = Counter()
        let bench = try Workbench { exchange in
            guard turns.increment() == 1 else { return try exchange.say(["and ", "two"]) }
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"one "}}]}"#))
            exchange.pause(milliseconds: 20)
            exchange.reset()
        }
        let eve = try bench.register("eve@example.com")
        let id = try eve.newConversation()
        let broken = eve.say("Count", in: id).events
        #expect(broken.text == "one ")
        let answerID = try broken[0].field("message_id")
        let going = eve.post(
            "/conversations/\(id)/messages", #"{"continue":"\#(answerID)"}"#,
            headers: [.accept: "text/event-stream"]
        ).events
        #expect(going.text == "one and two")
        #expect(going.first { $0.name == "delta" }?.data == #"{"text":"one "}"#)
        let request = try #require(bench.server.requests.last)
        #expect(request.bodyText.contains(#""content":"one ""#), "the model sees what it has said")
        let items = try eve.get("/conversations/\(id)/messages").json(Messages.self).items
        #expect(items.map(\.text) == ["Count", "one and two"])
        #expect(items[1].siblingIDs.count == 2)
        #expect(items[1].siblingIDs.first == answerID)
        let again = eve.get("/generations/\(try going[0].field("generation_id"))/events").events
        #expect(again.text == "one and two")
    }

    @Test func onlyAnAnswerWithTextIsContinued() throws {
        let bench = try Workbench { try $0.respond(status: 401, body: "{}") }
        let eve = try bench.register("eve@example.com")
        let id = try eve.newConversation()
        let failed = eve.say("Hi", in: id).events
        let path = "/conversations/\(id)/messages"
        let empty = eve.post(path, #"{"continue":"\#(try failed[0].field("message_id"))"}"#)
        #expect(empty.status == 422)
        #expect(empty.code == "nothing_to_continue")
        let question = try failed[0].field("user_message_id")
        #expect(eve.post(path, #"{"continue":"\#(question)"}"#).status == 404)
        #expect(eve.post(path, #"{"continue":"nowhere"}"#).status == 404)
    }

    @Test func aModelOfAProviderThatIsDownIsUnavailableAndNothingIsStored() throws {
        let bench = try Workbench(list: (503, "away"))
        let eve = try bench.register("eve@example.com")
        let id = try eve.newConversation()
        for json in [#"{"text":"x","model":"writer"}"#, #"{"text":"x"}"#] {
            let answer = eve.post("/conversations/\(id)/messages", json)
            #expect(answer.status == 503)
            #expect(answer.code == "provider_unavailable")
        }
        #expect(try eve.get("/conversations/\(id)/messages").json(Messages.self).items.isEmpty)
    }

    @Test func overLongTextIsRefused() throws {
        let id = try ada.newConversation()
        let long = ada.say(String(repeating: "x", count: 400_001), in: id)
        #expect(long.status == 422)
        let longer = ada.say(String(repeating: "x", count: 1_300_000), in: id)
        #expect(longer.status == 413)
        #expect(longer.code == "body_too_large")
        let escaped = ada.say(String(repeating: #"\u044f"#, count: 200_000), in: id)
        #expect(escaped.status == 200)
    }
}
