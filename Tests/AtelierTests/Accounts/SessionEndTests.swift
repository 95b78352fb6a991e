import HTTPTypes
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite("Open streams and the end of their session", .timeLimit(.minutes(2)))
struct SessionEndTests {
    @Test("Both the sender's and a viewer's stream end; the answer goes on")
    func signOut() throws {
        let gate = Counter()
        let bench = try Workbench { exchange in
            try exchange.openStream()
            try exchange.chunk(Exchange.event(#"{"choices":[{"delta":{"content":"one "}}]}"#))
            _ = gate.wait(for: 1, milliseconds: 100_000)
            try exchange.chunk(
                Exchange.event(#"{"choices":[{"delta":{"content":"two"},"finish_reason":"stop"}]}"#)
            )
            try exchange.chunk("data: [DONE]\n\n")
            try exchange.endStream()
        }
        let leaving = try bench.signIn()
        let staying = try bench.signIn()
        let conversation = try leaving.newConversation()
        let (sender, viewer, other) = (
            CollectingWriter(), CollectingWriter(), CollectingWriter()
        )
        let sending = JoinableThread {
            _ = leaving.send(
                .post, "/conversations/\(conversation)/messages", #"{"text":"Hi"}"#,
                headers: [.accept: "text/event-stream"], into: sender)
        }
        func events(_ writer: CollectingWriter) -> [Event] {
            Answer(status: 200, headers: [:], body: writer.bytes).events
        }
        while events(sender).text != "one " { sleep(milliseconds: 5) }
        let id: String = try events(sender)[0].field("generation_id")
        let watching = JoinableThread {
            _ = leaving.send(.get, "/generations/\(id)/events", into: viewer)
        }
        let stayed = JoinableThread {
            _ = staying.send(.get, "/generations/\(id)/events", into: other)
        }
        while events(other).text != "one " { sleep(milliseconds: 5) }
        #expect(leaving.post("/auth/logout").status < 300)
        watching.join()
        #expect(gate.value == 0)
        gate.increment()
        stayed.join()
        sending.join()
        #expect(events(viewer).text == "one ")
        #expect(events(other).text == "one two")
        #expect(try staying.get("/generations/\(id)").field("text") == "one two")
    }
}
