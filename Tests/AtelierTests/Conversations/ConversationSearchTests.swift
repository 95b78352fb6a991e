import SQL
import TestSupport
import Testing

@testable import Atelier

@Suite struct ConversationSearchTests {
    let bench: Workbench
    let ada: Client

    init() throws {
        bench = try Workbench()
        ada = try bench.register("ada@example.org")
    }

    private struct List: Decodable {
        struct Item: Decodable { let title: String }
        let items: [Item]
    }

    private func found(_ query: String) throws -> [String] {
        let bytes = query.utf8.map { byte in
            (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
        }
        return try ada.get("/conversations?q=\(bytes.joined())").json(List.self).items.map(\.title)
    }

    private func add(_ titles: String...) {
        for title in titles { _ = ada.post("/conversations", #"{"title":"\#(title)"}"#) }
    }

    @Test(
        "A title is found whatever the case, the accents and the normal form",
        arguments: ["übung", "ÜBUNG", "ubung", "u\u{308}bung", "  Übung \n macht ", "MEISTER"])
    func beyondASCII(query: String) throws {
        add("Übung macht Meister", "ПРИВЕТ мир")
        #expect(try found(query) == ["Übung macht Meister"])
    }

    @Test func otherScriptsAreSearchedAsWell() throws {
        add("Übung macht Meister", "ПРИВЕТ мир", "Straße", "日本語")
        #expect(try found("привет") == ["ПРИВЕТ мир"])
        #expect(try found("STRASSE") == ["Straße"])
        #expect(try found("本") == ["日本語"])
    }

    @Test(
        "What means something in a pattern is a letter like others",
        arguments: ["%", "_", "*", "'", "?"])
    func wildcards(sign: String) throws {
        add("100\(sign) sure", "100 of them")
        #expect(try found("0\(sign)") == ["100\(sign) sure"])
        #expect(try found("1\(sign)0").isEmpty)
    }

    @Test func everyWayToATitleIsSearched() throws {
        let bench = try Workbench { exchange in
            let isTitle = exchange.request.bodyText.contains(#""model":"titles""#)
            try exchange.say([isTitle ? "Süßes Gebäck" : "Hello."])
        }
        let eve = try bench.register("eve@example.org")
        func isFound(_ query: String) throws -> Bool {
            try !eve.get("/conversations?q=\(query)").json(List.self).items.isEmpty
        }
        let id = try eve.newConversation()
        _ = eve.say("Wie backe ich?", in: id)
        #expect(try isFound("GEBACK"))
        #expect(try !isFound("backe"))
        _ = eve.patch("/conversations/\(id)", #"{"title":"Brötchen"}"#)
        #expect(try isFound("brotchen"))
        #expect(try !isFound("geback"))
        let failing = try Workbench { try $0.respond(status: 401, body: "{}") }
        let bob = try failing.register("bob@example.org")
        let other = try bob.newConversation()
        _ = bob.say("Größe", in: other)
        #expect(try !bob.get("/conversations?q=GROSSE").json(List.self).items.isEmpty)
    }

    @Test func titlesOfTheVersionBeforeAreFoundOnceJobsHaveSeenThem() throws {
        add("Übung", "Prüfung")
        let database = try Database(path: bench.settings.databasePath)
        try database.write { connection in
            // As the version before writes: it knows of no folded titles.
            try connection.execute("UPDATE conversations SET title = 'Größe' WHERE title = 'Übung'")
            try connection.execute("UPDATE conversations SET title_folded = NULL")
            try connection.execute("UPDATE conversations SET title = 'Maß' WHERE title = 'Größe'")
        }
        #expect(try found("PR") == ["Prüfung"], "by what is there")
        #expect(try found("ubung").isEmpty)
        let store = ConversationStore(database: database)
        try store.foldTitles(limit: 10)
        #expect(try found("prufung") == ["Prüfung"])
        #expect(try found("MASS") == ["Maß"])
        try database.write { connection in
            _ = try connection.execute(
                "UPDATE conversations SET title = 'Ähre' WHERE title = 'Maß'")
        }
        try store.foldTitles(limit: 10)
        #expect(try found("ahre") == ["Ähre"])
        #expect(try found("mass").isEmpty)
    }

    @Test func aPageOfTheListIsReadFromItsIndex() throws {
        let database = try Database(path: bench.settings.databasePath)
        let plan = try database.read { connection in
            try connection.all(
                """
                EXPLAIN QUERY PLAN SELECT \(Conversation.columns) FROM conversations
                WHERE user_id = 'u' AND deleted_ms IS NULL AND (updated_ms, id) < (1, 'c')
                ORDER BY updated_ms DESC, id DESC LIMIT 30
                """
            ) { try $0[3, as: String.self] }
        }
        #expect(plan.first?.contains("conversations_shown") == true)
        #expect(!plan.contains { $0.contains("TEMP B-TREE") })
    }

    @Test func whatWasTakenBeforeThereWereLimitsIsCut() throws {
        let database = try Database(path: bench.settings.databasePath + "-old")
        let step = try #require(Schema.migrations.firstIndex { $0.contains("title_folded") })
        try Migrations(Array(Schema.migrations[..<step])).apply(to: database)
        let long = "a" + String(repeating: "\u{301}", count: 1_000)
        try database.write { connection in
            try connection.execute(
                "INSERT INTO users VALUES ('u', 'a@example.org', 'Ada', 'user', 'x', 0)")
            for (id, title, model) in [("long", long, long), ("short", "Short", "writer")] {
                try connection.execute(
                    """
                    INSERT INTO conversations
                        (id, user_id, title, title_source, model, created_ms, updated_ms)
                    VALUES (\(id), 'u', \(title), 'user', \(model), 0, 0)
                    """)
            }
        }
        try Migrations(Schema.migrations).apply(to: database)
        let store = ConversationStore(database: database)
        let cut = try #require(try store.conversation("long", of: "u"))
        #expect(cut.title.utf8.count <= 480)
        #expect(cut.model == nil)
        let kept = try #require(try store.conversation("short", of: "u"))
        #expect(kept.title == "Short")
        #expect(kept.model == "writer")
    }

    @Test(
        "Jobs find what they look for by an index",
        arguments: ["deleted_ms < 1", "title_folded IS NULL"])
    func jobs(condition: String) throws {
        let database = try Database(path: bench.settings.databasePath)
        let plan = try database.read { connection in
            try connection.all(
                "EXPLAIN QUERY PLAN SELECT id FROM conversations WHERE \(raw: condition) LIMIT 9"
            ) { try $0[3, as: String.self] }
        }
        #expect(plan.allSatisfy { $0.contains("INDEX conversations_") }, "\(plan)")
    }
}
