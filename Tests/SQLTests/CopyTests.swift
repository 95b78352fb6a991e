import FoundationEssentials
import Glibc
import Testing
import Threads

@testable import SQL

@Suite(.timeLimit(.minutes(2))) struct CopyTests {
    let scratch: Scratch
    let database: Database
    private var copy: String { scratch.path + "/copy.db" }

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
        for number in 0..<10 { try database.addRow(number) }
    }

    @Test func theCopyIsOneSoundFile() throws {
        try Database.copy(scratch.file, to: copy)
        #expect(try Database.inspect(copy, thoroughly: true).rows == ["rows": 10])
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(names.filter { $0.hasPrefix("copy") } == ["copy.db"])
        let copied = try Database(path: copy)
        try copied.addRow()
        #expect(try copied.countRows() == 11)
        #expect(try database.countRows() == 10)
    }

    @Test func aCopyIsOfOneMomentWhileOthersWrite() throws {
        let writer = try Child.stress("tell", scratch.file)
        try #require(writer.line() == "ready")
        writer.start()
        for _ in 0..<20 {
            let told = Int(try #require(writer.line()))!
            unlink(copy)
            try Database.copy(scratch.file, to: copy)
            let rows = try #require(try Database.inspect(copy, thoroughly: true).rows["rows"])
            #expect(rows >= told)
        }
        writer.end()
    }

    @Test func aCopyDoesNotWaitAtTheGate() throws {
        try database.write { connection in
            try connection.addRow()
            let scratch = scratch
            let copy = copy
            try Thread.start { try? Database.copy(scratch.file, to: copy) }.join()
        }
        #expect(try Database.inspect(copy, thoroughly: true).rows == ["rows": 10])
    }

    @Test func aDatabaseThatIsNotThereIsMissing() {
        #expect(kind { try Database.copy(scratch.path + "/none.db", to: copy) } == .missing)
        #expect(kind { try Database.schemaVersion(of: scratch.path + "/none.db") } == .missing)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs root"))
    func aCopyThatDoesNotFitIsToldSo() throws {
        let place = scratch.path + "/disk"
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        let disk = try SmallDisk(at: place)
        try disk.fill()
        #expect(kind { try Database.copy(scratch.file, to: place + "/copy.db") } == .full)
    }

    @Test("What is damaged is not sound", arguments: [true, false])
    func damage(thoroughly: Bool) throws {
        for number in 0..<2000 { try database.addRow(number) }
        try Database.copy(scratch.file, to: copy)
        let file = open(copy, O_WRONLY)
        try #require(file >= 0 && lseek(file, 3 * 4096 + 100, SEEK_SET) > 0)
        let noise = [UInt8](repeating: 0x5a, count: 2000)
        try #require(write(file, noise, noise.count) == noise.count)
        close(file)
        #expect(kind { try Database.inspect(copy, thoroughly: thoroughly) } == .corrupt)
    }

    @Test func anIndexThatLacksARowIsNotSound() throws {
        try database.write { try $0.execute("CREATE INDEX by_number ON rows (number)") }
        try Database.copy(scratch.file, to: copy)
        let script = """
            import sqlite3, sys
            file = sqlite3.connect(sys.argv[1])
            file.execute("PRAGMA writable_schema = ON")
            file.execute("UPDATE sqlite_schema SET sql = sql || ' WHERE number < 5' WHERE type = 'index'")
            file.commit()
            """
        let child = try Child(["/usr/bin/python3", "-c", script, copy])
        try #require(child.wait() == 0)
        #expect(kind { try Database.inspect(copy, thoroughly: true) } == .corrupt)
    }

    @Test func aLogIsFoldedIntoTheFile() throws {
        try database.addRow()
        let file = scratch.file
        #expect(try UseLock.alone(with: file) == nil, "it is in use")
        let other = try Scratch()
        try FileManager.default.copyItem(atPath: file, toPath: other.file)
        try FileManager.default.copyItem(atPath: file + "-wal", toPath: other.file + "-wal")
        let use = try #require(try UseLock.alone(with: other.file))
        try Database.foldLog(of: other.file, holding: use)
        unlink(other.file + "-wal")
        #expect(try Database.inspect(other.file, thoroughly: true).rows == ["rows": 11])
    }
}

@Suite(.timeLimit(.minutes(1))) struct UseLockTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func everybodyWhoHasADatabaseOpenUsesIt() throws {
        var first: Database? = try scratch.database()
        var second: Database? = try scratch.database()
        #expect(try UseLock.alone(with: scratch.file) == nil)
        first = nil
        #expect(try UseLock.alone(with: scratch.file) == nil)
        second = nil
        #expect(try isLetGo())
        withExtendedLifetime((first, second)) {}
    }

    @Test func nobodyOpensADatabaseThatOneHoldsAlone() throws {
        let other = try Scratch()
        _ = try scratch.database()
        try #require(symlink(scratch.file, other.file) == 0)
        let use = try UseLock.alone(with: scratch.file)
        #expect(kind { try Database(path: scratch.file) } == .busy)
        #expect(kind { try Database(path: other.file) } == .busy)
        withExtendedLifetime(use) {}
    }

    @Test func whoIsKilledUsesNothing() throws {
        _ = try scratch.database()
        let child = try Child.stress("hold", scratch.file)
        try #require(child.line() == "held")
        #expect(try UseLock.alone(with: scratch.file) == nil)
        child.end()
        #expect(try isLetGo())
    }

    /// Not always at once: a process that another test is starting has all descriptors until its exec.
    private func isLetGo() throws -> Bool {
        for _ in 0..<500 {
            if try UseLock.alone(with: scratch.file) != nil { return true }
            usleep(10_000)
        }
        return false
    }
}
