import FoundationEssentials
import Glibc
import Testing
import Threads

@testable import SQL

@Suite(.timeLimit(.minutes(2))) struct GateTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
    }

    /// A second way to the gate, as another process has.
    private final class Outsider {
        let descriptor: Int32

        init(_ database: String) throws {
            descriptor = open(database + "-gate", O_RDWR | O_CLOEXEC)
            try #require(descriptor >= 0)
        }

        deinit { close(descriptor) }

        func enter() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
        func leave() { flock(descriptor, LOCK_UN) }

        /// Waits until somebody else is next in the queue before the gate.
        func awaitQueue() {
            let getLock: Int32 = 36  // F_OFD_GETLK of <fcntl.h>
            while true {
                var range = Glibc.flock()
                range.l_type = Int16(F_WRLCK)
                guard fcntl(descriptor, getLock, &range) == 0, range.l_type == F_UNLCK else {
                    return
                }
                usleep(1000)
            }
        }
    }

    @Test func theGateIsShutFromBeginToCommitAndOnlyThen() throws {
        let outsider = try Outsider(scratch.file)
        try database.write { connection in
            #expect(!outsider.enter())
            try connection.addRow()
            #expect(!outsider.enter())
        }
        #expect(outsider.enter())
        outsider.leave()
        #expect(throws: CancellationError.self) {
            try database.write { _ in throw CancellationError() }
        }
        #expect(outsider.enter())
        outsider.leave()
        try database.read { _ in #expect(outsider.enter()) }
    }

    @Test(
        "Whatever writes waits at the gate",
        arguments: ["write", "checkpoint", "open", "migrate"])
    func waiting(operation: String) throws {
        let outsider = try Outsider(scratch.file)
        let database = database
        let file = scratch.file
        try #require(outsider.enter())
        let isDone = Monitor(false)
        let thread = try Thread.start {
            switch operation {
            case "write": try? database.addRow()
            case "checkpoint": _ = try? database.checkpoint()
            case "migrate": _ = try? Migrations(["CREATE TABLE t (x)"]).apply(to: database)
            default: _ = try? Database(path: file)
            }
            isDone.change { $0 = true }
        }
        usleep(100_000)
        #expect(!isDone.change { $0 })
        #expect(try database.countRows() == 0, "a reader waits for nobody")
        outsider.leave()
        thread.join()
        #expect(isDone.change { $0 })
    }

    @Test func nobodyComesInAgainAndAgainBeforeOneWhoWaits() throws {
        let outsider = try Outsider(scratch.file)
        let waiter = try database.write { _ in
            let waiter = try Child.stress("hold", scratch.file)
            outsider.awaitQueue()
            waiter.send(SIGSTOP)
            return waiter
        }
        let database = database
        let entries = Monitor(0)
        let thread = try Thread.start {
            for _ in 0..<100 {
                try? database.write { _ in entries.change { $0 += 1 } }
            }
        }
        usleep(200_000)
        #expect(entries.change { $0 } <= 16, "no more than the rest of a turn")
        waiter.send(SIGCONT)
        #expect(waiter.line() == "held")
        waiter.end()
        thread.join()
        #expect(entries.change { $0 } == 100)
    }

    @Test func allPathsToOneFileLeadToOneGate() throws {
        let link = scratch.path + "/link.db"
        try #require(symlink(scratch.file, link) == 0)
        let linked = try Database(path: link)
        let outsider = try Outsider(scratch.file)
        try linked.write { _ in #expect(!outsider.enter()) }
        #expect(linked.path == database.path)
    }

    @Test func aRemovedGateIsSetUpAgain() throws {
        let other = try Database(path: scratch.file)
        try #require(unlink(scratch.file + "-gate") == 0)
        try database.addRow()
        let outsider = try Outsider(scratch.file)
        try database.write { _ in #expect(!outsider.enter()) }
        try other.write { _ in #expect(!outsider.enter()) }
        #expect(try database.countRows() == 1)
    }

    @Test func theGateBelongsToTheOwnerOfTheDatabase() throws {
        var gate = stat()
        var owner = stat()
        try #require(chmod(scratch.file, 0o660) == 0)
        try #require(unlink(scratch.file + "-gate") == 0)
        _ = try Database(path: scratch.file)
        try #require(stat(scratch.file, &owner) == 0 && stat(scratch.file + "-gate", &gate) == 0)
        #expect(gate.st_mode & 0o777 == 0o660)
        #expect(gate.st_uid == owner.st_uid)
    }

    @Test func aChildProcessDoesNotInheritTheGate() throws {
        try database.write { _ in
            let child = try Child(["/bin/ls", "-l", "/proc/self/fd"])
            var lines: [String] = []
            while let line = child.line() { lines.append(line) }
            #expect(child.wait() == 0)
            #expect(lines.contains { $0.contains("socket:") })
            #expect(!lines.contains { $0.contains("test.db") })
        }
    }

    @Test func whenTheOneInsideIsKilledTheOthersGoOn() throws {
        try database.addRow()
        let holder = try Child.stress("hold", scratch.file)
        try #require(holder.line() == "held")
        let outsider = try Outsider(scratch.file)
        #expect(!outsider.enter())
        let database = database
        let isDone = Monitor(false)
        let thread = try Thread.start {
            try? database.addRow()
            isDone.change { $0 = true }
        }
        usleep(50_000)
        #expect(!isDone.change { $0 })
        holder.end()
        thread.join()
        #expect(try database.countRows() == 2)
        #expect(try database.isSound())
    }

    @Test func theStartLogTellsWhichRegimeApplies() {
        #expect(database.regime.contains("SQLite \(Database.version), write gate on"))
        #expect(database.regime.contains("test.db-gate"))
    }
}
