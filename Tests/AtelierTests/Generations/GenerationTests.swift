import HTTPTypes
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite struct GenerationTests {
    /// A bench whose model says "one", waits for the test, and says "two".
    private func haltingBench(_ gate: Counter, began: Counter) throws -> Workbench {
        try Workbench { exchange in
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"one "}}]}"#))
            began.increment()
            _ = gate.wait(for: 1)
            try exchange.chunk(
                Exchange.event(#"{"choices":[{"delta":{"content":"two"},"finish_reason":"stop"}]}"#)
            )
            try exchange.chunk("data: [DONE]\n\n")
            try exchange.endStream()
        }
    }

    private struct Ids: Decodable {
        let generationID: String

        enum CodingKeys: String, CodingKey {
            case generationID = "generation_id"
        }
    }

    /// Starts an answer on a thread of its own and waits until the model has begun.
    private func start(_ client: Client, _ began: Counter) throws -> (
        ids: Ids, thread: JoinableThread
    ) {
        let id = try client.newConversation()
        let writer = CollectingWriter()
        let thread = JoinableThread {
            _ = client.send(
                .post, "/conversations/\(id)/messages", #"{"text":"Hi"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
        }
        try #require(began.wait(for: 1))
        while true {
            let answer = Answer(status: 200, headers: [:], body: writer.bytes)
            if answer.events.contains(where: { $0.name == "delta" }),
                let first = answer.events.first
            {
                return (
                    try Answer(status: 200, headers: [:], body: [UInt8](first.data.utf8)).json(
                        Ids.self), thread
                )
            }
            sleep(milliseconds: 2)
        }
    }

    @Test func aClientThatLeavesLosesNothing() throws {
        let bench = try Workbench { try $0.say(["a", "b", "c", "d"], pauseMilliseconds: 5) }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.send(
            .post, "/conversations/\(id)/messages", #"{"text":"Hi"}"#,
            headers: [.accept: "text/event-stream"], into: CollectingWriter(leavingAfter: 10))
        #expect(admin.get("/conversations/\(id)/messages").text.contains(#""text":"abcd""#))
    }

    @Test func withoutAcceptTheIdsComeAtOnce() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let accepted = admin.post("/conversations/\(id)/messages", #"{"text":"Hi"}"#)
        #expect(accepted.status == 202)
        let generation = try accepted.json(Ids.self).generationID
        #expect(try admin.get("/generations/\(generation)").field("text") == "Hello there.")
        #expect(admin.get("/generations/\(generation)/events").events.text == "Hello there.")
    }

    @Test("A second viewer in another worker sees all of it, live")
    func secondViewer() throws {
        let (gate, began) = (Counter(), Counter())
        let bench = try haltingBench(gate, began: began)
        let admin = try bench.signIn()
        let (ids, thread) = try start(admin, began)
        var elsewhere = admin
        elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
        let writer = CollectingWriter()
        let viewer = JoinableThread { [elsewhere] in
            _ = elsewhere.send(.get, "/generations/\(ids.generationID)/events", into: writer)
        }
        while !Answer(status: 200, headers: [:], body: writer.bytes).events.contains(where: {
            $0.name == "delta"
        }) {
            sleep(milliseconds: 2)
        }
        gate.increment()
        viewer.join()
        thread.join()
        let events = Answer(status: 200, headers: [:], body: writer.bytes).events
        #expect(events.text == "one two")
        #expect(events.last?.name == "done")
    }

    @Test("Stopping from another worker keeps what was said")
    func stopping() throws {
        let (gate, began) = (Counter(), Counter())
        let bench = try haltingBench(gate, began: began)
        let admin = try bench.signIn()
        let (ids, thread) = try start(admin, began)
        let elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
        let stopped = elsewhere.post("/generations/\(ids.generationID)/stop")
        #expect(try stopped.field("state") == "stopped")
        thread.join()
        let stored = admin.get("/generations/\(ids.generationID)")
        #expect(try stored.field("text") == "one ")
        #expect(
            try elsewhere.post("/generations/\(ids.generationID)/stop").field("state") == "stopped"
        )
        gate.increment()
    }

    @Test("A process that has to end keeps what was said")
    func interrupting() throws {
        let (gate, began) = (Counter(), Counter())
        let bench = try haltingBench(gate, began: began)
        let admin = try bench.signIn()
        let (ids, thread) = try start(admin, began)
        bench.product.interruptRunning()
        thread.join()
        let stored = admin.get("/generations/\(ids.generationID)")
        #expect(try stored.field("state") == "interrupted")
        #expect(try stored.field("text") == "one ")
        gate.increment()
    }

    @Test("Any position of a finished answer is resumed without gap or duplicate")
    func resuming() throws {
        let bench = try Workbench { try $0.say(["Grüße ", "aus ", "Köln"], pauseMilliseconds: 10) }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let events = admin.say("Hi", in: id).events
        let generation = try #require(events.first).field("generation_id")
        for (index, event) in events.enumerated() {
            let rest = admin.get(
                "/generations/\(generation)/events", headers: [.lastEventID: event.id]
            ).events
            #expect(events[...index].map { $0 }.text + rest.text == "Grüße aus Köln")
            #expect(rest.isEmpty == (index == events.count - 1))
            #expect(!rest.contains { $0.id == event.id })
        }
        #expect(admin.get("/generations/\(generation)/events?after=x").status == 400)
    }

    @Test("What a dead runner had written is kept, and the generation is interrupted")
    func deadRunner() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let generation = try admin.say("Hi", in: id).events[0].field("generation_id")
        // As a worker leaves it that is killed: the row runs, the file is there, nobody holds its lock.
        let database = try Database(path: bench.settings.databasePath)
        try database.write { connection in
            try connection.execute(
                "UPDATE generations SET state = 'running' WHERE id = \(generation)")
            try connection.execute("UPDATE messages SET text = '' WHERE role = 'assistant'")
        }
        let streams = bench.settings.runDirectory + "/streams"
        let path = streams + "/" + generation
        do {
            let log = try StreamLog(generation, in: streams)
            try log.append([
                StreamEvent(kind: .reasoning, payload: [UInt8]("hm".utf8)),
                StreamEvent(kind: .delta, payload: [UInt8]("half an ".utf8)),
                StreamEvent(kind: .delta, payload: [UInt8]("answer".utf8)),
            ])
        }
        try appendTornFrame(to: path)
        try bench.sweep()
        let elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
        let stored = elsewhere.get("/generations/\(generation)")
        #expect(try stored.field("state") == "interrupted")
        #expect(try stored.field("text") == "half an answer")
        #expect(try stored.field("reasoning") == "hm")
        #expect(elsewhere.get("/generations/\(generation)/events").events.last?.name == "done")
        #expect(try StreamLogReader(path: path) == nil)
    }

    private func appendTornFrame(to path: String) throws {
        let torn = StreamFrame.encode([StreamEvent(kind: .delta, payload: [1, 2, 3, 4])]).dropLast(
            2)
        let file = try #require(StreamFile(path))
        file.append(Array(torn))
    }

    @Test("The same key sends once, and answers with the same generation")
    func idempotency() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let headers: HTTPFields = [
            HTTPField.Name("Idempotency-Key")!: "k-1", .accept: "text/event-stream",
        ]
        let path = "/conversations/\(id)/messages"
        let first = admin.post(path, #"{"text":"Hi"}"#, headers: headers)
        let second = admin.post(path, #"{"text":"Hi"}"#, headers: headers)
        #expect(first.events.text == second.events.text)
        #expect(
            try first.events[0].field("generation_id") == second.events[0].field("generation_id"))
        let other = admin.post(path, #"{"text":"Ho"}"#, headers: headers)
        #expect(other.status == 422)
        #expect(other.code == "idempotency_key_reused")
        #expect(bench.server.requests.count { $0.bodyText.contains("\"Hi\"") } == 1)
    }

    @Test(
        "A provider that fails leaves the message and a clear problem",
        arguments: [
            (401, "provider_auth"), (402, "provider_payment"), (429, "provider_rate_limited"),
            (500, "provider_error"), (503, "provider_unavailable"),
        ])
    func failingProvider(status: Int, code: String) throws {
        let bench = try Workbench { exchange in
            try exchange.respond(
                status: status, headers: [("Content-Type", "text/html")],
                body: "<html>secret page</html>")
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let events = admin.say("Hi", in: id).events
        let last = try #require(events.last)
        #expect(last.name == "error")
        #expect(try last.field("code") == code)
        #expect(try last.field("state") == "failed")
        #expect(!last.data.contains("<html>"))
        let stored = admin.get("/conversations/\(id)/messages").text
        #expect(stored.contains(#""text":"Hi""#))
        #expect(stored.contains(code))
    }

    @Test func aProviderThatIsAwayIsAClearProblem() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        bench.loseProvider(seenBy: admin)
        let last = try #require(admin.say("Hi", in: id).events.last)
        #expect(last.name == "error")
        #expect(try last.field("code") == "provider_unavailable")
    }

    @Test func anAnswerThatBreaksOffKeepsItsWords() throws {
        let bench = try Workbench { try $0.breakOff() }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let events = admin.say("Hi", in: id).events
        #expect(events.text == "half")
        #expect(try events.last?.field("state") == "interrupted")
    }
}
