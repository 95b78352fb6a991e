import HTTPTypes
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

@Suite("Long answers") struct LongAnswerTests {
    /// Of characters of one to four bytes, so that pieces end in the middle of some.
    private let text = String(repeating: "aé€😀", count: 150_000)

    /// The largest of the pieces that were written at once.
    private final class MeasuringWriter: ResponseWriter {
        private(set) var largest = 0
        private(set) var bytes: [UInt8] = []
        let isClientGone = false

        func write(_ bytes: [UInt8]) {
            largest = max(largest, bytes.count)
            self.bytes += bytes
        }

        func flush() {}
    }

    private func stream(
        _ bench: Workbench, _ id: String, after position: StreamPosition = .start
    ) throws -> (events: [Event], largest: Int) {
        let writer = MeasuringWriter()
        let stream = EventStream(writer)
        try bench.product.generations.follow(id, from: position) { event, position in
            try stream.send(id: position.description, event: event.kind.name, data: event.data)
        } onPause: {
        }
        return (Answer(status: 200, headers: [:], body: writer.bytes).events, writer.largest)
    }

    @Test("An answer that has ended comes from the store in pieces, and is resumed anywhere")
    func ended() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try admin.say("Hi", in: admin.newConversation()).events[0].field("generation_id")
        try bench.database().write { connection in
            _ = try connection.execute(
                "UPDATE messages SET text = \(text), reasoning = \(text) WHERE role = 'assistant'")
        }
        let (events, largest) = try stream(bench, id)
        let isWhole = events.text == text
        #expect(isWhole)
        #expect(largest < 2 * StreamEvent.pieceBytes)
        #expect(events.filter { $0.name == "reasoning" }.count > 4)
        for event in events {
            let rest = try stream(bench, id, after: try #require(StreamPosition(event.id)))
            let index = try #require(events.firstIndex(of: event))
            let later = Array(events[(index + 1)...])
            #expect(rest.events.map(\.id) == later.map(\.id))
            let isSame = rest.events.text == later.text
            #expect(isSame)
        }
    }

    @Test(
        "A viewer who comes back reads what came in many small pieces once", .timeLimit(.minutes(2))
    )
    func manyPieces() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let opening = StreamEvent(kind: .generation, payload: [UInt8]("{}".utf8))
        let piece = StreamEvent(kind: .delta, payload: [UInt8(ascii: "a")])
        let id = try bench.abandonedGeneration(
            admin, [opening] + Array(repeating: piece, count: 300_000))
        let (events, _) = try stream(bench, id)
        let size = events.text.utf8.count
        #expect(size == 300_000)
        #expect(events.count < 100)
    }

    @Test("Who reads an answer that is removed meanwhile reads no other in its place")
    func replaced() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let first = try admin.say("Hi", in: admin.newConversation()).events[0]
        let generations = bench.product.generations.store
        let id: String = try first.field("generation_id")
        let generation = try #require(try generations.generation(id))
        let content = try #require(try generations.content(.delta, of: generation))
        #expect(try content.piece(from: 0) == Array("Hello there.".utf8))
        let row = try bench.database().write { connection in
            let row = try connection.value("SELECT max(rowid) FROM messages", as: Int.self)
            _ = try connection.execute("DELETE FROM conversations")
            return row
        }
        _ = admin.say("Ha", in: try admin.newConversation())
        let again = try bench.database().read { connection in
            try connection.value("SELECT max(rowid) FROM messages", as: Int.self)
        }
        #expect(row == again)
        #expect(try content.piece(from: 0).isEmpty)
    }

    @Test("So does one that still runs, and the beginning of a continued one")
    func live() throws {
        let bench = try Workbench()
        let admin = try bench.signIn()
        let id = try bench.abandonedGeneration(
            admin,
            [StreamEvent(kind: .generation, payload: [UInt8]("{}".utf8))]
                + StreamEvent.deltas(text))
        let (events, largest) = try stream(bench, id)
        let isWhole = events.text == text
        #expect(isWhole)
        #expect(largest < 2 * StreamEvent.pieceBytes)
        #expect(StreamEvent.deltas(text).allSatisfy { $0.payload.count <= StreamEvent.pieceBytes })
        #expect(StreamEvent.deltas("").isEmpty)
    }
}
