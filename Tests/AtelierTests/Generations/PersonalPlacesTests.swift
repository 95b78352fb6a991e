import FoundationEssentials
import HTTPTypes
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite("How much one person may have at a time") struct PersonalPlacesTests {
    private let gate = Monitor(false)
    private let bench: Workbench

    init() throws {
        bench = try Workbench(environment: [
            "ATELIER_ANSWERS_PER_PERSON": "2", "ATELIER_VIEWERS_PER_PERSON": "3",
        ]) { [gate] exchange in
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"one "}}]}"#))
            _ = gate.wait(upTo: .seconds(60)) { $0 ? true : nil }
            try exchange.chunk(
                Exchange.event(#"{"choices":[{"delta":{"content":"two"},"finish_reason":"stop"}]}"#)
            )
            try exchange.chunk("data: [DONE]\n\n")
            try exchange.endStream()
        }
    }

    private func open() { gate.change { $0 = true } }

    /// Starts something that streams, and waits for its first words.
    private func start(
        _ client: Client, _ method: HTTPRequest.Method, _ path: String, _ json: String?
    ) -> (thread: JoinableThread, firstID: String) {
        let writer = CollectingWriter()
        let thread = JoinableThread {
            _ = client.send(
                method, path, json, headers: [.accept: "text/event-stream"], into: writer)
        }
        var events: [Event] = []
        while !events.contains(where: { $0.name == "delta" }) {
            sleep(milliseconds: 2)
            events = Answer(status: 200, headers: [:], body: writer.bytes).events
        }
        return (thread, (try? events[0].field("generation_id")) ?? "")
    }

    private func startAnswer(_ client: Client) throws -> (thread: JoinableThread, firstID: String) {
        let id = try client.newConversation()
        return start(client, .post, "/conversations/\(id)/messages", #"{"text":"Hi"}"#)
    }

    @Test("Answers are counted over all workers, for each person by themselves")
    func answers() throws {
        let admin = try bench.signIn()
        let elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
        let other = try bench.register("other@example.org")
        var running = [try startAnswer(admin), try startAnswer(elsewhere)]
        let conversation = try admin.newConversation()
        for client in [admin, elsewhere] {
            let refused = client.say("Hi", in: conversation)
            #expect(refused.status == 429)
            #expect(refused.code == "too_many_answers")
            #expect(refused.headers[.retryAfter] != nil)
            let path = "/conversations/\(conversation)/messages"
            let nowhere = client.post(path, #"{"text":"Hi","parent_id":"none"}"#)
            #expect(nowhere.code == "too_many_answers", "before what was said is looked at")
        }
        #expect(!admin.get("/conversations/\(conversation)/messages").text.contains("Hi"))
        running.append(try startAnswer(other))
        // One that is stopped makes room.
        _ = elsewhere.post("/generations/\(running[0].firstID)/stop")
        running[0].thread.join()
        running.append(try startAnswer(admin))
        open()
        for answer in running { answer.thread.join() }
        #expect(admin.say("Hi", in: conversation).status == 200)
    }

    @Test("Viewers are counted too, and what is not a stream is not")
    func viewers() throws {
        let admin = try bench.signIn()
        let elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
        let answer = try startAnswer(admin)
        let path = "/generations/\(answer.firstID)/events"
        let viewers = [admin, elsewhere, admin].map { start($0, .get, path, nil) }
        for client in [admin, elsewhere] {
            let refused = client.get(path)
            #expect(refused.status == 429)
            #expect(refused.code == "too_many_viewers")
            #expect(refused.headers[.retryAfter] != nil)
        }
        #expect(admin.get("/generations/\(answer.firstID)").status == 200)
        open()
        for viewer in viewers + [answer] { viewer.thread.join() }
        #expect(admin.get(path).events.text == "one two")
    }

    private func lengthenAnswers() throws {
        let long = String(repeating: "x", count: MessageWindow.byteLimit + 1)
        try bench.database().write { connection in
            _ = try connection.execute(
                "UPDATE messages SET text = \(long) WHERE role = 'assistant'")
        }
    }

    @Test("Titles that are being made are counted too; one too many is not made")
    func titles() throws {
        let gate = Counter()
        let asked = Counter()
        let bench = try Workbench(environment: ["ATELIER_ANSWERS_PER_PERSON": "2"]) { exchange in
            if exchange.request.bodyText.contains(#""model":"titles""#) {
                asked.increment()
                _ = gate.wait(for: 1)
            }
            try exchange.say(["A title"])
        }
        let admin = try bench.signIn()
        let threads = try (0..<2).map { _ in
            let id = try admin.newConversation()
            return JoinableThread { _ = admin.say("Hi", in: id) }
        }
        #expect(asked.wait(for: 2))
        _ = admin.say("Hi", in: try admin.newConversation())
        #expect(asked.value == 2)
        gate.increment()
        for thread in threads { thread.join() }
        _ = admin.say("Hi", in: try admin.newConversation())
        #expect(asked.value == 3)
    }

    @Test("Whoever reads a long answer whole takes a viewer's place meanwhile")
    func longReaders() throws {
        let admin = try bench.signIn()
        let answer = try startAnswer(admin)
        let id = try bench.database().read {
            try $0.value("SELECT id FROM conversations", as: String.self)
        }
        let paths = [
            "/generations/\(answer.firstID)", "/conversations/\(try #require(id))/messages?limit=1",
        ]
        let viewers = (0..<3).map { _ in
            start(admin, .get, "/generations/\(answer.firstID)/events", nil)
        }
        for path in paths { #expect(admin.get(path).status == 200, "it is short") }
        try lengthenAnswers()
        for path in paths { #expect(admin.get(path).code == "too_many_viewers") }
        open()
        for viewer in viewers + [answer] { viewer.thread.join() }
        try lengthenAnswers()
        for path in paths + paths + paths { #expect(admin.get(path).status == 200) }
    }

    @Test("A place is let go with its holder, and no two people share one")
    func places() throws {
        let places = PersonalPlaces(path: bench.settings.runDirectory + "/places", limit: 2)
        var held: [PersonalPlaces.Place?] = []
        for _ in 0..<2 { held.append(try places.take(by: "ada")) }
        #expect(held.allSatisfy { $0 != nil })
        #expect(try places.take(by: "ada") == nil)
        for number in 0..<200 { #expect(try places.take(by: "person \(number)") != nil) }
        held[0] = nil
        let again = try places.take(by: "ada")
        #expect(again != nil)
        #expect(try places.take(by: "ada") == nil)
        withExtendedLifetime((held, again)) {}
    }
}
