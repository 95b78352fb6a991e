import Glibc
import SQL
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct ProcessTests {
    /// Starts all at once, when each has said that it is ready.
    private func start(_ children: [Child]) throws {
        for child in children { try #require(child.line() == "ready") }
        for child in children { child.start() }
    }

    /// The slowest may take three times as long as the fastest. How long a process waits for a
    /// processor is not the gate's doing, so a busy machine gets another try at that.
    @Test func eightProcessesWriteBesideReadersAndCheckpointsAndNoneIsStarved() throws {
        for attempt in 1... {
            let microseconds = try writeFromEightProcesses()
            let fastest = try #require(microseconds.min())
            let slowest = try #require(microseconds.max())
            if slowest <= 3 * fastest { return }
            try #require(attempt < 4, "from \(fastest) to \(slowest) µs")
        }
    }

    /// Writes 1,000 rows from each, and looks whether all is there and sound.
    ///
    /// - Returns: How long each process took.
    private func writeFromEightProcesses() throws -> [Double] {
        let scratch = try Scratch()
        let database = try scratch.database()
        let file = scratch.file
        let writers = try (0..<8).map { _ in try Child.stress("write", file, "1000") }
        let others = [
            try Child.stress("read", file, "8000"), try Child.stress("read", file, "8000"),
            try Child.stress("checkpoint", file, "8000"),
        ]
        try start(writers + others)
        let microseconds = try writers.map { try #require($0.line().flatMap { Double($0) }) }
        for child in writers + others { #expect(child.wait() == 0) }

        let counts = try database.read { connection in
            try connection.all("SELECT count(DISTINCT number) FROM rows GROUP BY process") {
                try $0[0, as: Int.self]
            }
        }
        #expect(counts == [Int](repeating: 1000, count: 8))
        #expect(try database.countRows() == 8000)
        #expect(try database.isSound())
        return microseconds
    }

    @Test func killedWritersLoseNothingTheyWereTold() throws {
        let scratch = try Scratch()
        let database = try scratch.database()
        let writers = try (0..<4).map { _ in try Child.stress("tell", scratch.file) }
        try start(writers)
        var told = 0
        for writer in writers {
            for _ in 0..<20 { told = max(told, try #require(writer.line().flatMap { Int($0) })) }
        }
        for writer in writers {
            writer.send(SIGKILL)
            while let line = writer.line() { told = max(told, Int(line) ?? 0) }
            _ = writer.wait()
        }
        #expect(told > 20)
        #expect(try database.countRows() >= told)
        #expect(try database.isSound())
        try database.addRow()
    }

    @Test func severalProcessesMigrateAtOnce() throws {
        let scratch = try Scratch()
        let children = try (0..<6).map { _ in try Child.stress("migrate", scratch.file) }
        try start(children)
        let found = try children.map { try #require($0.line().flatMap { Int($0) }) }
        for child in children { #expect(child.wait() == 0) }
        #expect(found.sorted() == [0, 20, 20, 20, 20, 20])
    }
}
