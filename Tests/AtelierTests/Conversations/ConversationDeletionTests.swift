import SQL
import Testing

@testable import Atelier

@Suite struct ConversationDeletionTests {
    let bench: Workbench
    let ada: Client
    let database: Database

    init() throws {
        bench = try Workbench()
        ada = try bench.register("ada@example.org")
        database = try Database(path: bench.settings.databasePath)
    }

    private struct List: Decodable {
        struct Item: Decodable { let id: String }
        let items: [Item]
    }

    private func list(_ query: String = "") throws -> [String] {
        try ada.get("/conversations\(query)").json(List.self).items.map(\.id)
    }

    private func count(_ table: String) throws -> Int {
        try database.read { try $0.value("SELECT count(*) FROM \(identifier: table)") ?? 0 }
    }

    @Test func aDeletedConversationIsNowhere() throws {
        let kept = try ada.newConversation()
        let id = try ada.post("/conversations", #"{"title":"Bread"}"#).field("id")
        let generation = try #require(ada.say("Hi", in: id).events.first).field("generation_id")
        #expect(try list().first == id)
        #expect(ada.delete("/conversations/\(id)").status == 204)
        #expect(try list() == [kept])
        #expect(try list("?q=bread").isEmpty)
        for answer in [
            ada.get("/conversations/\(id)"), ada.get("/conversations/\(id)/messages"),
            ada.patch("/conversations/\(id)", #"{"title":"x"}"#), ada.say("More", in: id),
            ada.delete("/conversations/\(id)"), ada.get("/generations/\(generation)"),
            ada.get("/generations/\(generation)/events"),
            ada.post("/generations/\(generation)/stop"),
        ] {
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
        }
    }

    @Test func whatWasDeletedIsListedAsLongAsItCanComeBack() throws {
        let ids = try (0..<3).map {
            try ada.post("/conversations", #"{"title":"Bread \#($0)"}"#).field("id")
        }
        let other = try bench.register("bo@example.org")
        for id in [ids[1], ids[0]] { _ = ada.delete("/conversations/\(id)") }
        _ = try database.write { connection in
            try connection.execute(
                "UPDATE conversations SET deleted_ms = deleted_ms + 5 WHERE id = \(ids[0])")
        }
        #expect(try list("?deleted=true") == [ids[0], ids[1]])
        #expect(try list("?deleted=false") == [ids[2]])
        #expect(try list("?deleted=true&q=bread%201") == [ids[1]])
        let first = ada.get("/conversations?deleted=true&limit=1")
        #expect(first.text.contains(#""deleted_ms":"#))
        #expect(!ada.get("/conversations").text.contains(#""deleted_ms":"#))
        let cursor = try first.field("next_cursor")
        #expect(try list("?deleted=true&limit=1&cursor=\(cursor)") == [ids[1]])
        #expect(other.get("/conversations?deleted=true").text.contains(ids[0]) == false)
        #expect(ada.get("/conversations?deleted=yes").status == 400)
        _ = try database.write { connection in
            try connection.execute("UPDATE conversations SET deleted_ms = 1 WHERE id = \(ids[1])")
        }
        #expect(try list("?deleted=true") == [ids[0]])
        _ = ada.post("/conversations/\(ids[0])/restore")
        #expect(try list("?deleted=true").isEmpty)
    }

    @Test func aDeletedConversationComesBackAsItWas() throws {
        let id = try ada.post("/conversations", #"{"title":"Bread"}"#).field("id")
        _ = ada.say("Hi", in: id)
        let later = try ada.newConversation()
        let before = ada.get("/conversations/\(id)/messages").text.sorted()
        _ = ada.delete("/conversations/\(id)")
        let restored = ada.post("/conversations/\(id)/restore")
        #expect(restored.status == 200)
        #expect(try restored.field("title") == "Bread")
        #expect(try list() == [later, id])
        #expect(try list("?q=bread") == [id])
        #expect(ada.get("/conversations/\(id)/messages").text.sorted() == before)
        #expect(ada.say("More", in: id).events.last?.name == "done")
        #expect(ada.post("/conversations/\(id)/restore").status == 200, "it is there already")
    }

    @Test func onlyItsOwnerBringsAConversationBack() throws {
        let id = try ada.newConversation()
        _ = ada.delete("/conversations/\(id)")
        let bob = try bench.register("bob@example.org")
        #expect(bob.post("/conversations/\(id)/restore").status == 404)
        #expect(bob.delete("/conversations/\(id)").status == 404)
        #expect(ada.get("/conversations/\(id)").status == 404)
        #expect(ada.post("/conversations/nowhere/restore").status == 404)
    }

    @Test func whatWasDeletedLongAgoIsGoneForGood() throws {
        let (old, new, kept) = (
            try ada.newConversation(), try ada.newConversation(), try ada.newConversation()
        )
        _ = ada.say("Hi", in: old)
        for id in [old, new] { _ = ada.delete("/conversations/\(id)") }
        let now = UnixTime.milliseconds
        let longAgo = now - ConversationStore.keptDeletedMs
        try database.write { connection in
            _ = try connection.execute(
                "UPDATE conversations SET deleted_ms = \(longAgo - 1) WHERE id = \(old)")
        }
        try ConversationStore(database: database).purge(deletedBefore: longAgo, limit: 10)
        #expect(try count("conversations") == 2)
        #expect(try count("messages") == 0)
        #expect(try count("generations") == 0)
        #expect(try count("calls") > 0, "what was spent stays known")
        #expect(ada.post("/conversations/\(old)/restore").status == 404)
        #expect(ada.post("/conversations/\(new)/restore").status == 200)
        #expect(try list().contains(kept))
    }

    @Test func anAccountTakesItsDeletedConversationsAlong() throws {
        let id = try ada.newConversation()
        _ = ada.say("Hi", in: id)
        _ = ada.delete("/conversations/\(id)")
        #expect(ada.delete("/users/me", #"{"password":"long enough"}"#).status == 204)
        #expect(try count("conversations") == 0)
        #expect(try count("messages") == 0)
    }
}
