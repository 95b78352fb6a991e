import SQL
import Testing

@testable import Atelier

@Suite struct MessagePageTests {
    let bench: Workbench
    let ada: Client
    let database: Database

    init() throws {
        bench = try Workbench()
        ada = try bench.register("ada@example.org")
        database = try Database(path: bench.settings.databasePath)
    }

    private struct Page: Decodable {
        struct Item: Decodable {
            let id: String
            let text: String
        }
        let items: [Item]
        let nextCursor: String?
        let newerCursor: String?
        let offset: Int
        let total: Int

        enum CodingKeys: String, CodingKey {
            case items, offset, total
            case nextCursor = "next_cursor"
            case newerCursor = "newer_cursor"
        }

        var texts: [String] { items.map(\.text) }
    }

    private func page(_ id: String, _ query: String) throws -> Page {
        try ada.get("/conversations/\(id)/messages\(query)").json(Page.self)
    }

    /// A conversation whose messages have these texts, each after the one before.
    private func conversation(of texts: [String]) throws -> (id: String, messages: [String]) {
        let id = try ada.newConversation()
        var ids: [String] = []
        try database.write { connection in
            let store = MessageStore(database: database)
            for (number, text) in texts.enumerated() {
                let message = Message(
                    id: UUIDv7.text(), conversationID: id, parentID: ids.last,
                    role: number.isMultiple(of: 2) ? .user : .assistant, text: text, reasoning: nil,
                    createdMs: number)
                try store.add(message, in: connection)
                ids.append(message.id)
            }
            try connection.execute(
                "UPDATE conversations SET active_message_id = \(ids.last) WHERE id = \(id)")
        }
        return (id, ids)
    }

    @Test func aLongConversationIsReadFromItsBeginningToItsEnd() throws {
        let texts = (0..<500).map(String.init)
        let (id, _) = try conversation(of: texts)
        var next = try page(id, "?from=start&limit=70")
        #expect(next.nextCursor == nil)
        var read = next.texts
        while let cursor = next.newerCursor {
            next = try page(id, "?after=\(cursor)&limit=70")
            #expect(next.offset == read.count)
            #expect(next.total == 500)
            read += next.texts
        }
        #expect(read == texts)
    }

    @Test func aLongConversationIsReadFromItsEndToItsBeginning() throws {
        let texts = (0..<500).map(String.init)
        let (id, _) = try conversation(of: texts)
        var next = try page(id, "?limit=70")
        #expect(next.newerCursor == nil)
        #expect(next.texts == Array(texts[430...]))
        var read = next.texts
        while let cursor = next.nextCursor {
            next = try page(id, "?cursor=\(cursor)&limit=70")
            read = next.texts + read
            #expect(next.offset == 500 - read.count)
            #expect(next.newerCursor == next.items.last?.id)
        }
        #expect(read == texts)
    }

    @Test(
        "A message stands in the middle of what is around it",
        arguments: [
            (0, 0..<10), (3, 0..<10), (64, 59..<69), (250, 245..<255), (257, 250..<260),
            (259, 250..<260),
        ])
    func around(depth: Int, expected: Range<Int>) throws {
        let (id, ids) = try conversation(of: (0..<260).map(String.init))
        let found = try page(id, "?around=\(ids[depth])&limit=10")
        #expect(found.texts == expected.map(String.init))
        #expect(found.offset == expected.lowerBound)
    }

    @Test func aPageIsBoundedInBytes() throws {
        let long = String(repeating: "é", count: 200_000)
        let (id, ids) = try conversation(of: Array(repeating: long, count: 10))
        #expect(try page(id, "").offset == 8)
        #expect(try page(id, "?from=start").items.count == 2)
        #expect(try page(id, "?after=\(ids[1])").offset == 2)
        let around = try page(id, "?around=\(ids[5])")
        #expect(around.items.count == 2)
        #expect(around.items.contains { $0.id == ids[5] })
        let (huge, _) = try conversation(of: ["a", long + long + long, "b"])
        #expect(try page(huge, "").texts == ["b"])
        let alone = try page(huge, "?cursor=\(try #require(page(huge, "").nextCursor))")
        #expect(alone.items.count == 1)
        #expect(alone.nextCursor != nil)
    }

    @Test func pagesFollowTheBranchThatIsShown() throws {
        let (id, ids) = try conversation(of: ["a", "b", "c", "d"])
        _ = ada.say("other", in: id, extra: #","parent_id":"\#(ids[1])""#)
        #expect(try page(id, "?from=start").texts == ["a", "b", "other", "Hello there."])
        #expect(try page(id, "?after=\(ids[0])&limit=2").texts == ["b", "other"])
        for query in ["after", "around"] {
            let answer = ada.get("/conversations/\(id)/messages?\(query)=\(ids[3])")
            #expect(answer.status == 409)
            #expect(answer.code == "not_in_branch")
        }
        // A page that was begun before the branch changed is read to its beginning.
        let before = try page(id, "?cursor=\(ids[2])")
        #expect(before.texts == ["a", "b", "c"])
    }

    @Test func nothingFollowsTheEnd() throws {
        let (id, ids) = try conversation(of: ["a", "b"])
        let none = try page(id, "?after=\(ids[1])")
        #expect(none.items.isEmpty)
        #expect(none.newerCursor == nil)
        #expect(try page(try ada.newConversation(), "?from=start").items.isEmpty)
    }

    @Test(
        "A place that is not sound is refused",
        arguments: [
            ("from=middle", 400), ("from=start&after=x", 400), ("cursor=a&around=b", 400),
            ("cursor=nowhere", 404), ("after=nowhere", 404), ("around=nowhere", 404),
            ("limit=0", 400), ("limit=201", 400),
        ])
    func unsoundPlaces(query: String, status: Int) throws {
        let (id, _) = try conversation(of: ["a", "b"])
        #expect(ada.get("/conversations/\(id)/messages?\(query)").status == status)
    }

    @Test func messagesOfTheVersionBeforeAreFoundAsWell() throws {
        let path = bench.settings.databasePath + "-old"
        let database = try Database(path: path)
        try Migrations([Schema.migrations[0]]).apply(to: database)
        func add(_ range: Range<Int>) throws {
            try database.write { connection in
                for number in range {
                    try connection.execute(
                        """
                        INSERT INTO messages (id, conversation_id, parent_id, role, text, created_ms)
                        VALUES (\("\(number)"), 'c', \(number == 0 ? nil : "\(number - 1)"), 'user',
                            'x', 0)
                        """)
                }
            }
        }
        try database.write { connection in
            try connection.execute(
                "INSERT INTO users VALUES ('u', 'a@example.org', 'Ada', 'user', 'x', 0)")
            try connection.execute(
                """
                INSERT INTO conversations (id, user_id, title, title_source, created_ms, updated_ms)
                VALUES ('c', 'u', 'x', 'user', 0, 0)
                """)
        }
        try add(0..<200)
        try Migrations(Schema.migrations).apply(to: database)
        try add(200..<300)  // workers of the version before go on during the upgrade
        let store = MessageStore(database: database)
        try database.read { connection in
            for ordinal in [0, 1, 63, 64, 65, 128, 199, 200, 256, 298, 299] {
                let found = try store.ancestor(of: "299", at: ordinal, in: connection)
                #expect(found == "\(ordinal)")
            }
            #expect(try store.ancestor(of: "299", at: 300, in: connection) == nil)
        }
    }
}
