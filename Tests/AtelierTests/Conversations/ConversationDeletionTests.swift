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
        #expect(try count("ledger") > 0, "what was spent stays known")
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
