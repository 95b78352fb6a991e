import SQL
import TestSupport
import Testing

@testable import Atelier

/// What runs for something ends when that is deleted.
@Suite struct DeletionStopsTests {
    /// How many answers, and titles, are being asked for; how many of the calls were left.
    let answers = Counter()
    let titles = Counter()
    let left = Counter()
    let bench: Workbench
    let ada: Client
    let database: Database

    init() throws {
        bench = try Workbench { [answers, titles, left] exchange in
            let isTitle = exchange.request.bodyText.contains(#""model":"titles""#)
            if !isTitle && exchange.request.bodyText.contains("Quick") {
                return try exchange.say(["Done."])
            }
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"Some words"}}]}"#))
            (isTitle ? titles : answers).increment()
            if exchange.waitForClientToLeave() { left.increment() }
        }
        ada = try bench.register("ada@example.org")
        database = try Database(path: bench.settings.databasePath)
    }

    private func count(_ query: Query) throws -> Int {
        try database.read { try $0.value(query) ?? 0 }
    }

    private func openEntries() throws -> Int {
        try count("SELECT count(*) FROM calls WHERE state = 'reserved' AND inquiry_ms IS NULL")
    }

    @Test func deletingAConversationEndsItsAnswers() throws {
        let id = try ada.newConversation()
        let thread = JoinableThread { [ada] in _ = ada.say("Slow", in: id) }
        #expect(answers.wait(for: 1))
        let waiting = JoinableThread { [ada] in _ = ada.say("Next", in: id) }
        while try count("SELECT count(*) FROM messages") < 4 { sleep(milliseconds: 2) }
        let other = Client(product: try bench.secondWorker(), token: ada.token)
        #expect(other.delete("/conversations/\(id)").status == 204)
        #expect(try count("SELECT count(*) FROM generations WHERE state = 'running'") == 0)
        #expect(try openEntries() == 0)
        thread.join()
        waiting.join()
        #expect(left.wait(for: 1))
        #expect(answers.value == 1, "what waited was not asked")
        #expect(ada.post("/conversations/\(id)/restore").status == 200)
        let messages = ada.get("/conversations/\(id)/messages").text
        #expect(messages.contains("Some words"))
        #expect(messages.contains(#""state":"stopped""#))
    }

    @Test func deletingAConversationEndsItsTitle() throws {
        let id = try ada.newConversation()
        let thread = JoinableThread { [ada] in _ = ada.say("Quick", in: id) }
        #expect(titles.wait(for: 1))
        let other = Client(product: try bench.secondWorker(), token: ada.token)
        #expect(other.delete("/conversations/\(id)").status == 204)
        #expect(left.wait(for: 1))
        thread.join()
        #expect(try openEntries() == 0)
        #expect(try ada.post("/conversations/\(id)/restore").field("title") == "Quick")
        #expect(try count("SELECT count(*) FROM calls") == 2, "the title was paid")
    }

    @Test func deletingAnAccountEndsAllThatRunsForIt() throws {
        let slow = try ada.newConversation()
        let quick = try ada.newConversation()
        let threads = [
            JoinableThread { [ada] in _ = ada.say("Slow", in: slow) },
            JoinableThread { [ada] in _ = ada.say("Quick", in: quick) },
        ]
        #expect(answers.wait(for: 1))
        #expect(titles.wait(for: 1))
        let other = Client(product: try bench.secondWorker(), token: ada.token)
        #expect(other.delete("/users/me", #"{"password":"long enough"}"#).status == 204)
        #expect(try openEntries() == 0)
        #expect(left.wait(for: 2))
        for thread in threads { thread.join() }
        for table in ["conversations", "messages", "generations", "sessions"] {
            #expect(try count("SELECT count(*) FROM \(identifier: table)") == 0)
        }
        #expect(try count("SELECT count(*) FROM calls") == 3)
        #expect(try count("SELECT count(*) FROM calls WHERE state <> 'settled'") == 0)
    }
}
