import FoundationEssentials
import Glibc
import SQL
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite("Ending what a dead worker left") struct RecoveryTests {
    private let bench: Workbench
    private let admin: Client

    init() throws {
        bench = try Workbench()
        admin = try bench.signIn()
    }

    private func delta(_ text: String) -> StreamEvent { .delta(text) }

    private func state(_ id: String) throws -> String {
        try admin.get("/generations/\(id)").field("state")
    }

    private func text(_ id: String) throws -> String {
        try admin.get("/generations/\(id)").field("text")
    }

    /// Makes what stands in the place of a stream.
    private func leave(_ name: String, _ bytes: [UInt8]?) throws {
        let path = bench.streams + "/" + name
        if let bytes {
            try Data(bytes).write(to: URL(filePath: path))
        } else {
            try FileManager.default.createDirectory(
                atPath: path + "/inside", withIntermediateDirectories: true)
        }
    }

    @Test(
        "A bad file stops nothing else",
        arguments: [
            [0, 0, 0, 0, 9], [UInt8](repeating: 0, count: 64), [UInt8]("hello, world".utf8), [],
            nil,
        ] as [[UInt8]?])
    func badFile(bytes: [UInt8]?) throws {
        let good = try bench.abandonedGeneration(admin, [delta("half an answer")])
        for name in ["0", "x", "zzz"] { try leave(name, bytes) }
        try bench.sweep()
        #expect(try state(good) == "interrupted")
        #expect(try text(good) == "half an answer")
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.streams).isEmpty)
        // And a worker starts, and answers.
        let other = Client(product: try bench.secondWorker(), token: admin.token)
        #expect(try other.say("Hi", in: other.newConversation()).events.text == "Hello there.")
    }

    @Test("What stood before the damage is kept, and the file lies aside")
    func damage() throws {
        let id = try bench.abandonedGeneration(
            admin, [delta("half "), delta("an answer")],
            followedBy: [UInt8](repeating: 0, count: 64) + StreamFrame.encode([delta("lost")]))
        try bench.sweep()
        #expect(try state(id) == "interrupted")
        #expect(try text(id) == "half an answer")
        let aside = bench.settings.runDirectory + "/damaged-streams"
        let kept = try FileManager.default.contentsOfDirectory(atPath: aside)
        #expect(kept.count == 1 && kept[0].hasPrefix(id))
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.streams).isEmpty)
    }

    @Test func aDirectoryInTheStreamsPlaceEndsItsGenerationToo() throws {
        let id = try bench.abandonedGeneration(admin, [])
        try FileManager.default.removeItem(atPath: bench.streams + "/" + id)
        try leave(id, nil)
        try bench.sweep()
        #expect(try state(id) == "interrupted")
    }

    @Test("Kinds of events that a later version writes are passed over")
    func unknownKinds() throws {
        let unknown: [UInt8] = [3, 0, 0, 0, 200, 1, 2, 3]
        let id = try bench.abandonedGeneration(
            admin, [StreamEvent(kind: .generation, payload: [UInt8]("{}".utf8)), delta("half ")],
            followedBy: unknown + StreamFrame.encode([delta("an answer")]) + unknown)
        let seen = admin.get("/generations/\(id)/events").events
        #expect(seen.text == "half an answer")
        #expect(seen.last?.name == "done")
        #expect(try text(id) == "half an answer")
    }

    @Test("What was taken back is not stored")
    func revised() throws {
        let opening = StreamEvent(kind: .generation, payload: [UInt8]("{}".utf8))
        let id = try bench.abandonedGeneration(
            admin,
            [
                opening, delta("a thought"), .revised(text: "", reasoning: "a thought"),
                delta("an answer"),
            ])
        try bench.sweep()
        #expect(try text(id) == "an answer")
    }

    @Test("Who comes back hears the rest and the end, and once")
    func theEndOnce() throws {
        let opening = StreamEvent(kind: .generation, payload: [UInt8]("{}".utf8))
        let id = try bench.abandonedGeneration(admin, [opening, delta("an answer")])
        try bench.sweep()
        func events(after position: String) -> [Event] {
            admin.get("/generations/\(id)/events?after=\(position)").events
        }
        #expect(events(after: "1.0.9").map(\.name) == ["usage", "done"])
        let rest = events(after: "1.0.3")
        #expect(rest.text == "answer" && rest.last?.name == "done")
        // Behind a revision its bytes are not those of what was stored.
        #expect(events(after: "1.0.3.1").map(\.name) == ["generation", "delta", "usage", "done"])
        let all = events(after: "0.0.0")
        #expect(events(after: all[all.count - 2].id).map(\.name) == ["done"])
        #expect(events(after: all[all.count - 1].id).isEmpty)
    }

    @Test("The numbers of the kinds stay as they were written to files")
    func fixedNumbers() {
        let kinds: [StreamEvent.Kind] = [
            .generation, .reasoning, .delta, .usage, .done, .error, .account, .upstreamID,
        ]
        #expect(kinds.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test(
        "Only what is not there is missing: any other failure leaves a running answer as it is",
        .enabled(if: Faults.arePossible), arguments: [EMFILE, ENFILE, EACCES, ENOMEM, EIO, EINTR])
    func cannotOpen(code: Int32) throws {
        let id = try bench.abandonedGeneration(admin, [])
        let path = bench.streams + "/" + id
        try FileManager.default.removeItem(atPath: path)
        let runner = try StreamLog(id, in: bench.streams)
        try runner.append([delta("one ")])
        let worker = try bench.secondWorker()
        let viewer = Client(product: worker, token: admin.token)
        Faults.during(.open, on: path, number: 1, code: code) {
            #expect(throws: (any Error).self) { try worker.generations.recoverAbandoned() }
        }
        Faults.during(.open, on: path, number: 1, code: code) {
            _ = viewer.get("/generations/\(id)/events")
        }
        #expect(try state(id) == "running")
        try runner.append([delta("two")])
        let reader = try StreamLogReader(path: path)
        #expect(try reader?.next().count == 2)
        runner.remove()
    }

    @Test(
        "A sweep that cannot read a stream tries again, and drops none of its words",
        .enabled(if: Faults.arePossible))
    func cannotRead() throws {
        let id = try bench.abandonedGeneration(admin, [delta("half an answer")])
        let worker = try bench.secondWorker()
        Faults.during(.read, on: bench.streams + "/" + id, number: 1, code: EIO) {
            #expect(throws: (any Error).self) { try worker.generations.recoverAbandoned() }
        }
        #expect(try state(id) == "running")
        try worker.generations.recoverAbandoned()
        #expect(try text(id) == "half an answer")
    }

    @Test(
        "What neither the stream nor the database would take at first is lost to neither",
        .enabled(if: Faults.arePossible))
    func bothFail() throws {
        try bench.database().write { connection in
            _ = try connection.execute(
                """
                CREATE TRIGGER full BEFORE UPDATE ON generations
                BEGIN SELECT RAISE(ABORT, 'as if the disk were full'); END
                """)
        }
        // The second: the first holds the opening.
        let seen = Monitor<[Event]>([])
        let count = try Faults.during(.write, on: bench.streams, number: 2, code: ENOSPC) {
            let events = try admin.say("Hi", in: admin.newConversation()).events
            seen.withLock { $0 = events }
        }
        #expect(count > 2)
        let id: String = try seen.withLock { $0 }[0].field("generation_id")
        try bench.database().write { _ = try $0.execute("DROP TRIGGER full") }
        try bench.sweep()
        #expect(try text(id) == "Hello there.")
    }

    @Test("A worker starts, and reads, where nothing can be written")
    func noWritingAtTheStart() throws {
        let id = try bench.abandonedGeneration(admin, [delta("half an answer")])
        try bench.database().write { connection in
            _ = try connection.execute(
                """
                CREATE TRIGGER full BEFORE UPDATE ON generations
                BEGIN SELECT RAISE(ABORT, 'as if the disk were full'); END
                """)
        }
        let worker = try bench.secondWorker()
        let answer = Client(product: worker, token: admin.token).get("/conversations")
        #expect(answer.status == 200)
        #expect(throws: (any Error).self) { try worker.generations.recoverAbandoned() }
        try bench.database().write { _ = try $0.execute("DROP TRIGGER full") }
        try worker.generations.recoverAbandoned()
        #expect(try text(id) == "half an answer")
    }
}
