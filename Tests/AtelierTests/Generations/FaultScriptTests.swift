import FoundationEssentials
import Glibc
import HTTPTypes
import Providers
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

/// One system call after the other fails under a generation, and each time all is well in the end: the
/// words that came are there, and the books say what the provider was asked for.
@Suite("A system call that fails", .enabled(if: Faults.arePossible))
struct FaultScriptTests {
    private static let answer = "one two three"
    /// What the provider says that an answer or a title costs, in nano-USD.
    private static let cost = 20_000

    /// A call, what it fails with, and the files it is about.
    struct Fault: Sendable, CustomTestStringConvertible {
        let call: Faults.Call
        let code: Int32

        func pattern(_ bench: Workbench) -> String {
            call == .fdatasync
                ? bench.settings.databasePath : bench.settings.runDirectory + "/"
        }

        var testDescription: String { "\(call)" }

        static let all = [
            Fault(call: .open, code: EMFILE), Fault(call: .read, code: EIO),
            Fault(call: .write, code: ENOSPC), Fault(call: .fdatasync, code: EIO),
            Fault(call: .linkat, code: ENOSPC),
        ]
    }

    /// Two workers and the jobs of one database, and a model that says "one", waits, and says the rest.
    private final class Stage: Sendable {
        let bench: Workbench
        let admin: Client
        let elsewhere: Client
        let jobs: Product
        let gate: Monitor<Bool>
        /// How many answers and titles the provider has told the cost of.
        let told: Counter

        init() throws {
            let gate = Monitor(true)
            let told = Counter()
            (self.gate, self.told) = (gate, told)
            bench = try Workbench { exchange in
                if exchange.request.bodyText.contains(#""titles""#) {
                    told.increment()
                    return try exchange.say(["A title"])
                }
                try exchange.openStream()
                try exchange.chunk(
                    Exchange.event(#"{"choices":[{"delta":{"content":"one "}}]}"#))
                _ = gate.wait(upTo: .seconds(20)) { $0 ? true : nil }
                for piece in ["two ", "three"] {
                    try exchange.chunk(
                        Exchange.event(#"{"choices":[{"delta":{"content":"\#(piece)"}}]}"#))
                }
                told.increment()
                try exchange.chunk(
                    Exchange.event(
                        #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"cost":0.00002}}"#
                    ))
                try exchange.chunk("data: [DONE]\n\n")
                try exchange.endStream()
            }
            admin = try bench.signIn()
            elsewhere = Client(product: try bench.secondWorker(), token: admin.token)
            jobs = try bench.secondWorker()
        }

        func open() { gate.change { $0 = true } }
        func close() { gate.change { $0 = false } }

        /// The newest generation of a conversation.
        func generation(of conversation: String) throws -> String? {
            try bench.database().read { connection in
                try connection.value(
                    """
                    SELECT id FROM generations WHERE conversation_id = \(conversation)
                    ORDER BY id DESC LIMIT 1
                    """)
            }
        }

        /// What the books say that was spent, and how many entries are not closed.
        func books() throws -> (spent: Int, open: Int) {
            try bench.database().read { connection in
                (
                    try connection.value("SELECT coalesce(sum(cost_nano_usd), 0) FROM calls")
                        ?? -1,
                    try connection.value("SELECT count(*) FROM calls WHERE state = 'reserved'")
                        ?? -1
                )
            }
        }

        func cost(of generation: String) throws -> Int? {
            try bench.database().read { connection in
                try connection.first(
                    "SELECT cost_nano_usd FROM calls WHERE generation_id = \(generation)"
                ) { try $0[0, as: Int?.self] } ?? nil
            }
        }

        func streams() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: bench.streams)
        }
    }

    /// What a client has seen of an answer.
    private struct View {
        var status = 0
        var events: [Event] = []
    }

    private func events(_ writer: CollectingWriter) -> [Event] {
        Answer(status: 200, headers: [:], body: writer.bytes).events
    }

    private func waitUntil(_ condition: () throws -> Bool) rethrows {
        for _ in 0..<4000 {
            if try condition() { return }
            sleep(milliseconds: 2)
        }
        Issue.record("it never came to that")
    }

    /// Sends a message, watches the answer from another worker, and lets the model go on.
    private func send(_ stage: Stage, _ conversation: String) throws -> (sent: View, watched: View)
    {
        let sent = Monitor(View())
        let watched = Monitor(View())
        let hasEnded = Counter()
        let (writer, other) = (CollectingWriter(), CollectingWriter())
        stage.close()
        let sender = JoinableThread { [admin = stage.admin] in
            let answer = admin.send(
                .post, "/conversations/\(conversation)/messages", #"{"text":"Hi"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
            sent.withLock { $0 = View(status: answer.status, events: answer.events) }
            hasEnded.increment()
        }
        waitUntil { hasEnded.value > 0 || events(writer).text == "one " }
        let id = try stage.generation(of: conversation)
        let viewer = JoinableThread { [elsewhere = stage.elsewhere] in
            guard let id else { return }
            let answer = elsewhere.send(.get, "/generations/\(id)/events", into: other)
            watched.withLock { $0 = View(status: answer.status, events: answer.events) }
            hasEnded.increment()
        }
        waitUntil { id == nil || hasEnded.value > 0 || events(other).text == "one " }
        stage.open()
        sender.join()
        viewer.join()
        return (sent.withLock { $0 }, watched.withLock { $0 })
    }

    private func check(_ stage: Stage, _ conversation: String, _ views: (sent: View, watched: View))
        throws
    {
        try stage.jobs.generations.recoverAbandoned()
        let books = try stage.books()
        #expect(books.open == 0)
        #expect(books.spent == stage.told.value * Self.cost)
        #expect(try stage.streams().isEmpty)
        guard let id = try stage.generation(of: conversation) else {
            // Refused, and nothing half-done.
            #expect(views.sent.status >= 500)
            #expect(
                !stage.admin.get("/conversations/\(conversation)/messages").text.contains("Hi"))
            return
        }
        #expect(
            stage.admin.get("/conversations/\(conversation)/messages").text.contains(#""Hi""#))
        let stored = stage.admin.get("/generations/\(id)")
        if try stored.field("state") == "completed" {
            #expect(try stored.field("text") == Self.answer)
        } else {
            // It was stored that it was asked for, and then not asked.
            #expect(views.sent.status >= 500)
            #expect(try stored.field("state") == "interrupted")
        }
        if views.sent.status == 200 {
            #expect(views.sent.events.text == Self.answer)
            #expect(views.sent.events.last?.name == "done")
        }
        // Who was cut off comes back for the rest.
        let seen = views.watched.events
        let rest = stage.elsewhere.get(
            "/generations/\(id)/events",
            headers: seen.last.map { [.lastEventID: $0.id] } ?? [:]
        ).events
        #expect(seen.text + rest.text == (try stored.field("text")))
        #expect((rest.last ?? seen.last)?.name == "done")
    }

    @Test("An answer that is sent and watched", arguments: Fault.all)
    func sending(fault: Fault) throws {
        let stage = try Stage()
        var (number, count) = (0, 0)
        repeat {
            let conversation = try stage.admin.newConversation()
            var views = (sent: View(), watched: View())
            count = try Faults.during(
                fault.call, on: fault.pattern(stage.bench), number: number, code: fault.code
            ) { views = try send(stage, conversation) }
            try withKnownPlace("the \(number). call of \(count)") {
                try check(stage, conversation, views)
            }
            if number == 0 {
                #expect(views.sent.status == 200 && views.watched.events.text == Self.answer)
                #expect(count > 0)
            }
            number += 1
        } while number <= count
    }

    @Test("A stop from another worker", arguments: Fault.all)
    func stopping(fault: Fault) throws {
        let stage = try Stage()
        var (number, count) = (0, 0)
        repeat {
            let conversation = try stage.admin.newConversation()
            let status = Monitor(0)
            count = try Faults.during(
                fault.call, on: fault.pattern(stage.bench), number: number, code: fault.code
            ) {
                try stop(stage, conversation, status)
            }
            try stage.jobs.generations.recoverAbandoned()
            try withKnownPlace("the \(number). call of \(count)") {
                #expect(try stage.books().open == 0)
                #expect(try stage.streams().isEmpty)
                guard let id = try stage.generation(of: conversation) else { return }
                let stored = stage.admin.get("/generations/\(id)")
                let (state, text) = (try stored.field("state"), try stored.field("text"))
                let cost = try stage.cost(of: id)
                switch state {
                // One token of answer at 2 µ$.
                case "stopped": #expect(text == "one " && cost == 2_000)
                case "completed": #expect(text == Self.answer && cost == Self.cost)
                default: #expect(state == "interrupted" && text.isEmpty && cost == nil)
                }
                if status.withLock({ $0 }) == 200 { #expect(state != "completed") }
            }
            number += 1
        } while number <= count
    }

    private func stop(_ stage: Stage, _ conversation: String, _ status: Monitor<Int>) throws {
        let writer = CollectingWriter()
        let hasEnded = Counter()
        stage.close()
        let sender = JoinableThread { [admin = stage.admin] in
            _ = admin.send(
                .post, "/conversations/\(conversation)/messages", #"{"text":"Hi"}"#,
                headers: [.accept: "text/event-stream"], into: writer)
            hasEnded.increment()
        }
        waitUntil { hasEnded.value > 0 || events(writer).text == "one " }
        if let id = try stage.generation(of: conversation), hasEnded.value == 0 {
            let answer = stage.elsewhere.post("/generations/\(id)/stop")
            status.withLock { $0 = answer.status }
        }
        stage.open()
        sender.join()
    }

    @Test("What a dead worker left", arguments: Fault.all)
    func recovering(fault: Fault) throws {
        let stage = try Stage()
        var (number, count) = (0, 0)
        repeat {
            let id = try stage.bench.abandonedGeneration(
                stage.admin, [.account(Self.account), .delta("half "), .delta("an answer")])
            let spentBefore = try stage.books().spent
            count = Faults.during(
                fault.call, on: fault.pattern(stage.bench), number: number, code: fault.code
            ) { try? stage.jobs.generations.recoverAbandoned() }
            try stage.jobs.generations.recoverAbandoned()
            try withKnownPlace("the \(number). call of \(count)") {
                let stored = stage.admin.get("/generations/\(id)")
                #expect(try stored.field("state") == "interrupted")
                #expect(try stored.field("text") == "half an answer")
                let books = try stage.books()
                #expect(books.open == 0)
                // 10 tokens of prompt at 1 µ$, and 14 bytes of answer, 3 tokens at 2 µ$.
                #expect(books.spent - spentBefore == 16_000)
                #expect(try stage.streams().isEmpty)
            }
            number += 1
        } while number <= count
    }

    private static let account = CallAccount(
        promptTokens: 10,
        prices: ModelPrices(prompt: 1_000_000_000, completion: 2_000_000_000), tellsCost: false)

    /// Names in what fails which call it was that failed.
    private func withKnownPlace(_ place: String, _ body: () throws -> Void) throws {
        do { try body() } catch {
            Issue.record("\(place): \(error)")
        }
    }
}
