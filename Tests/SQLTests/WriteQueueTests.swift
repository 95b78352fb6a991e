import Glibc
import Testing
import Threads

@testable import SQL

@Suite struct WriteQueueTests {
    @Test("Who waits for the gate, or for the writer, is in the queue until the turn has come")
    func waiting() throws {
        let scratch = try Scratch()
        let turns = Monitor<[Duration]>([])
        let queue = WriteQueue { wait in turns.change { $0.append(wait) } }
        var options = Database.Options()
        options.queue = queue
        let database = try Database(path: scratch.file, options: options)
        try database.write { try $0.execute("CREATE TABLE rows (x INTEGER) STRICT") }
        #expect(turns.withLock { $0.count } == 2, "opening, and the write")
        #expect(!queue.isWaitedIn)

        let gate = open(scratch.file + "-gate", O_RDWR | O_CLOEXEC)
        defer { close(gate) }
        try #require(flock(gate, LOCK_EX) == 0)
        let threads = try (0..<3).map { _ in
            try Thread.start { _ = try? database.write { _ in } }
        }
        for _ in 0..<20_000 where !queue.isWaitedIn { usleep(1000) }
        #expect(queue.isWaitedIn)
        #expect(turns.withLock { $0.count } == 2, "nobody has had a turn")
        flock(gate, LOCK_UN)
        for thread in threads { thread.join() }
        #expect(!queue.isWaitedIn)
        #expect(turns.withLock { $0.count } == 5)
    }

    @Test func whoGivesUpLeavesTheQueue() throws {
        let scratch = try Scratch()
        var options = Database.Options()
        options.busyTimeout = .milliseconds(20)
        let database = try Database(path: scratch.file, options: options)
        let inside = Monitor(false)
        let done = Monitor(false)
        let thread = try Thread.start {
            _ = try? database.write { _ in
                inside.change { $0 = true }
                _ = done.wait(upTo: .seconds(20)) { $0 ? true : nil }
            }
        }
        _ = inside.wait(upTo: .seconds(20)) { $0 ? true : nil }
        #expect(throws: SQLError.self) { try database.write { _ in } }
        #expect(!options.queue.isWaitedIn)
        done.change { $0 = true }
        thread.join()
    }
}
