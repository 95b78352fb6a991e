import CSQLite
import FoundationEssentials
import Glibc
import Testing

@testable import SQL

@Suite(.timeLimit(.minutes(1))) struct FaultTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func opening(_ path: String, create: Bool = true) -> SQLError.Kind? {
        var options = Database.Options()
        options.create = create
        return kind { _ = try Database(path: path, options: options) }
    }

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: scratch.file))
    }

    @Test func aMissingFileIsCreatedOnlyWhenAsked() throws {
        #expect(opening(scratch.file, create: false) == .missing)
        #expect(access(scratch.file, F_OK) != 0)
        #expect(opening(scratch.file) == nil)
        #expect(opening(scratch.file, create: false) == nil)
    }

    @Test func whatIsNoDatabaseIsToldApart() throws {
        #expect(opening(scratch.path + "/no/such/directory.db") == .missing)
        #expect(opening(scratch.path) == .cannotOpen)
        #expect(opening("") == .cannotOpen)
        for text in ["short", String(repeating: "not a database ", count: 1000)] {
            try write(text)
            #expect(opening(scratch.file) == .notADatabase)
            #expect(try Data(contentsOf: URL(filePath: scratch.file)) == Data(text.utf8))
        }
    }

    @Test func theErrorNamesTheFile() {
        var options = Database.Options()
        options.create = false
        for path in ["/no/such/file.db", scratch.file] {
            let error = #expect(throws: SQLError.self) {
                try Database(path: path, options: options)
            }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("Special names are files like others", arguments: [":memory:", "file:a.db?mode=memory"])
    func specialNames(name: String) throws {
        let child = try Child.stress("migrate", name, in: scratch.path)
        child.start()
        #expect(child.wait() == 0)
        #expect(access(scratch.path + "/" + name, F_OK) == 0)
    }

    @Test(
        "What the system says about a file is sorted",
        arguments: [
            (ENOSPC, SQLError.Kind.full), (EDQUOT, .full), (EROFS, .readOnly), (EIO, .io),
            (ENOENT, .io),
        ])
    func systemErrors(code: Int32, kind: SQLError.Kind) {
        #expect(SQLError.Kind(sqlite: SQLITE_IOERR | 3 << 8, systemError: code) == kind)
    }

    @Test func aDamagedPageIsCorruption() throws {
        do {
            let database = try scratch.database()
            try database.write { connection in
                for number in 0..<5000 { try connection.addRow(number) }
            }
            try database.checkpoint()
        }
        let file = open(scratch.file, O_WRONLY)
        let garbage = [UInt8](repeating: 0xa5, count: 4096)
        #expect(pwrite(file, garbage, garbage.count, 4096 * 5) == garbage.count)
        close(file)
        let database = try Database(path: scratch.file)
        let kind = kind {
            try database.read { try $0.forEach("SELECT sum(number) FROM rows") { _ in } }
        }
        #expect(kind == .corrupt)
    }

    @Test func aDatabaseThatWasTakenAwayIsNotWrittenTo() throws {
        let database = try scratch.database()
        try #require(rename(scratch.file, scratch.file + ".away") == 0)
        #expect(kind { try database.addRow() } == .missing)
        try #require(rename(scratch.file + ".away", scratch.file) == 0)
        try database.addRow()
        #expect(try database.countRows() == 1)
    }

    @Test func anOutsiderWhoHoldsTheDatabaseIsWaitedFor() throws {
        let database = try scratch.database { $0.busyTimeout = .milliseconds(50) }
        var outsider: OpaquePointer?
        try #require(sqlite3_open(scratch.file, &outsider) == SQLITE_OK)
        defer { sqlite3_close(outsider) }
        try #require(sqlite3_exec(outsider, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
        #expect(kind { try database.addRow() } == .busy)
        #expect(try database.countRows() == 0)
        try #require(sqlite3_exec(outsider, "ROLLBACK", nil, nil, nil) == SQLITE_OK)
        try database.addRow()
        #expect(try database.countRows() == 1)
    }

    private func logBytes(of database: Database) -> Int {
        var log = stat()
        return stat(database.path + "-wal", &log) == 0 ? Int(log.st_size) : 0
    }

    @Test func aReaderHoldsACheckpointUpButBreaksNothing() throws {
        let database = try scratch.database()
        for number in 0..<50 { try database.addRow(number) }
        try database.read { connection in
            #expect(try connection.countRows() == 50)
            try onThreads(1) { _ in
                try database.addRow()
                let checkpoint = try database.checkpoint()
                #expect(!checkpoint.isComplete)
            }
            #expect(try connection.countRows() == 50)
        }
        #expect(logBytes(of: database) > 0)
        let checkpoint = try database.checkpoint()
        #expect(checkpoint.isComplete && checkpoint.remainingPages == 0)
        #expect(logBytes(of: database) == 0)
        #expect(try database.countRows() == 51)
    }

    @Test func aFullDatabaseIsToldAndRecovers() throws {
        let database = try scratch.database()
        try database.write { try $0.execute("CREATE TABLE big (bytes BLOB) STRICT") }
        func fill() throws {
            try database.write { connection in
                for _ in 0..<100 {
                    try connection.execute("INSERT INTO big VALUES (zeroblob(4096))")
                }
            }
        }
        try database.write { try $0.execute("PRAGMA max_page_count = 50") }
        #expect(kind(of: fill) == .full)
        #expect(try database.countRows() == 0)
        let afterwards = kind {
            try database.write { connection in
                for _ in 0..<100 {
                    _ = try? connection.execute("INSERT INTO big VALUES (zeroblob(4096))")
                }
                try connection.addRow()
            }
        }
        #expect(afterwards == .misuse, "SQLite has rolled back: what follows must not count")
        #expect(try database.countRows() == 0)
        try database.write { try $0.execute("PRAGMA max_page_count = 1000000") }
        try fill()
        #expect(try database.read { try $0.value("SELECT count(*) FROM big") } == 100)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs root")) func aFullDiskIsToldAndRecovers()
        throws
    {
        let disk = try SmallDisk(at: scratch.path)
        let database = try scratch.database()
        try disk.fill()
        let big = [UInt8](repeating: 1, count: 400_000)
        try database.write { try $0.execute("CREATE TEMP TABLE t (bytes BLOB)") }
        let kind = kind {
            try database.write { connection in
                try connection.execute("CREATE TABLE big (bytes BLOB) STRICT")
                try connection.execute("INSERT INTO big VALUES (\(big))")
            }
        }
        #expect(kind == .full)
        #expect(opening(scratch.path + "/another.db") == .full)
        #expect(try database.countRows() == 0)
        disk.clear()
        try database.addRow()
        #expect(try database.countRows() == 1)
        #expect(try database.isSound())
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs root")) func aReadOnlyDiskIsTold() throws {
        let disk = try SmallDisk(at: scratch.path)
        do {
            let database = try scratch.database()
            try database.addRow()
        }
        try disk.makeReadOnly()
        #expect(opening(scratch.file) == .readOnly)
        #expect(opening(scratch.path + "/another.db") != nil)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anything")) func aReadOnlyFileIsTold() throws
    {
        _ = try scratch.database()
        try #require(chmod(scratch.file, 0o444) == 0)
        #expect(opening(scratch.file) == .readOnly)
    }
}
