import Glibc
import TestSupport
import Testing
import Threads

@testable import SQL

@Suite("A sync that fails", .enabled(if: Faults.arePossible), .timeLimit(.minutes(1)))
struct LogSyncTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func failingSync(number: Int = 1, waits: Bool = false, _ body: () throws -> Void)
        rethrows
    {
        try Faults.during(
            .fdatasync, on: scratch.file, number: number, code: EIO, waits: waits, body)
    }

    @Test("Nothing is acknowledged on a log with a hole, in any process, until it is proven")
    func sticks() throws {
        let database = try scratch.database()
        let other = try Database(path: scratch.file)
        try other.addRow()
        try database.read { connection in
            // This reader keeps the log from being moved into the database.
            #expect(try connection.countRows() == 1)
            try onThreads(1) { _ in
                try failingSync { try #require(throws: SQLError.self) { try database.addRow() } }
                // The kernel would say now that all is well.
                for _ in 0..<3 { #expect(throws: SQLError.self) { try database.addRow() } }
                let newcomer = try Database(path: scratch.file)
                #expect(throws: SQLError.self) { try newcomer.addRow() }
            }
        }
        // What was committed before the failure is there, and what was refused later is not.
        #expect(try database.countRows() == 2)
        try database.addRow()
        try Database(path: scratch.file).addRow()
        #expect(try database.countRows() == 4)
        #expect(try database.isSound())
    }

    @Test("All who waited for the sync fail with it")
    func allFail() throws {
        let database = try scratch.database()
        let failures = Counter()
        let threads = Monitor<[JoinableThread]>([])
        func write() {
            let thread = JoinableThread {
                do { try database.addRow() } catch { failures.increment() }
            }
            threads.withLock { $0.append(thread) }
        }
        try database.read { (connection) throws in
            #expect(try connection.countRows() == 0)
            failingSync(waits: true) {
                write()
                while Faults.count == 0 { sleep(milliseconds: 1) }
                for _ in 0..<5 { write() }
                // They have committed, and wait.
                let counting = JoinableThread {
                    for _ in 0..<5_000 where (try? database.countRows()) != 6 {
                        sleep(milliseconds: 2)
                    }
                }
                counting.join()
                Faults.release()
                for thread in threads.withLock({ $0 }) { thread.join() }
            }
        }
        #expect(failures.value == 6)
        #expect(try database.countRows() == 6)
    }

    @Test("A part of a long value is read without the rest")
    func parts() throws {
        let database = try scratch.database()
        let text = String(repeating: "0123456789", count: 100_000)
        try database.write { connection in
            try connection.execute("CREATE TABLE long (text TEXT, empty TEXT) STRICT")
            try connection.execute("INSERT INTO long VALUES (\(text), NULL)")
        }
        try database.read { connection in
            #expect(try connection.byteCount(inColumn: "text", of: "long", row: 1) == 1_000_000)
            #expect(try connection.byteCount(inColumn: "empty", of: "long", row: 1) == nil)
            #expect(try connection.byteCount(inColumn: "text", of: "long", row: 2) == nil)
            for (offset, limit) in [(0, 10), (999_995, 10), (500_003, 70_000), (1_000_000, 5)] {
                let part = try connection.bytes(
                    inColumn: "text", of: "long", row: 1, from: offset, limit: limit)
                #expect(part == Array(Array(text.utf8)[offset...].prefix(limit)))
            }
        }
    }
}
