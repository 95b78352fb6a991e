import CSQLite
import Glibc
import Testing

@testable import SQL

@Suite struct ConnectionTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
        try database.write { connection in
            for number in 1...3 { try connection.addRow(number) }
        }
    }

    @Test func rowsAreReadByPositionAndByName() throws {
        let rows = try database.read { connection in
            try connection.all("SELECT number AS n, 'x' AS letter FROM rows ORDER BY id") { row in
                #expect(row.count == 2)
                #expect(row.name(at: 1) == "letter")
                return "\(try row["n", as: Int.self])\(try row[1, as: String.self])"
            }
        }
        #expect(rows == ["1x", "2x", "3x"])
    }

    @Test func aColumnThatIsNotThereIsMisuse() throws {
        func reads(_ read: (borrowing Row) throws -> Int?) -> SQLError.Kind? {
            kind { _ = try database.read { try $0.first("SELECT 1 AS one", read) } }
        }
        #expect(reads { try $0[1] } == .misuse)
        #expect(reads { try $0[-1] } == .misuse)
        #expect(reads { try $0["two"] } == .misuse)
        #expect(reads { try $0["one"] } == nil)
    }

    @Test func namesFollowAChangedSchema() throws {
        func names() throws -> [String]? {
            try database.write { connection in
                try connection.first("SELECT * FROM rows") { row in
                    (0..<row.count).map { row.name(at: $0) }
                }
            }
        }
        #expect(try names() == ["id", "process", "number"])
        try database.write { try $0.execute("ALTER TABLE rows RENAME COLUMN number TO amount") }
        #expect(try names() == ["id", "process", "amount"])
        try database.write { try $0.execute("ALTER TABLE rows ADD COLUMN more TEXT") }
        #expect(try names() == ["id", "process", "amount", "more"])
    }

    @Test func withoutRowsThereIsNothing() throws {
        try database.read { connection throws in
            let query: Query = "SELECT id FROM rows WHERE number = \(99)"
            #expect(try connection.value(query, as: Int.self) == nil)
            #expect(try connection.first(query) { try $0[0, as: Int.self] } == nil)
            #expect(try connection.all(query) { try $0[0, as: Int.self] } == [])
        }
    }

    @Test func executeTellsHowManyRowsChanged() throws {
        try database.write { connection throws in
            #expect(try connection.execute("UPDATE rows SET number = 0 WHERE number > 1") == 2)
            #expect(try connection.execute("SELECT * FROM rows") == 0)
            #expect(try connection.execute("CREATE TABLE empty (x TEXT) STRICT") == 0)
            #expect(try connection.execute("DELETE FROM rows WHERE number = 7") == 0)
            #expect(try connection.execute("DELETE FROM rows") == 3)
        }
    }

    @Test func aStatementInsideItsOwnRowsRunsBesideIt() throws {
        let query: Query = "SELECT number FROM rows ORDER BY id"
        try database.read { connection in
            var pairs = 0
            try connection.forEach(query) { _ in try connection.forEach(query) { _ in pairs += 1 } }
            #expect(pairs == 9)
        }
    }

    @Test func aStatementIsLetGoWhenItsRowsAreLeftEarly() throws {
        struct Enough: Error {}
        try database.write { connection in
            #expect(throws: Enough.self) {
                try connection.forEach("SELECT * FROM rows") { _ in throw Enough() }
            }
            #expect(try connection.first("SELECT number FROM rows") { try $0[0] } == 1)
            // Would be locked by a statement that still stands on a row.
            try connection.execute("DROP TABLE rows")
        }
    }

    @Test func aWriteThatReturnsRowsIsDoneAndCheckedWithTheFirst() throws {
        try database.write { connection in
            try connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT")
            try connection.execute(
                "CREATE TABLE children (parent INTEGER REFERENCES parents) STRICT")
        }
        let insert: Query = "INSERT INTO children VALUES (\(5)), (\(6)) RETURNING parent"
        let first = kind {
            _ = try database.write { try $0.first(insert) { try $0[0, as: Int.self] } }
        }
        #expect(first == .constraint(.foreignKey))
        let value = kind { _ = try database.write { try $0.value(insert, as: Int.self) } }
        #expect(value == .constraint(.foreignKey))
        #expect(try database.read { try $0.value("SELECT count(*) FROM children") } == 0)
        let number: Int? = try database.write {
            try $0.value(
                "INSERT INTO rows (process, number) VALUES (7, 7), (7, 8) RETURNING number")
        }
        #expect(number == 7)
        #expect(try database.countRows() == 5)
    }

    @Test(
        "A broken rule is told apart",
        arguments: [
            ("INSERT INTO t VALUES (1, 'b', 1, 1)", SQLError.Constraint.unique),
            ("INSERT INTO t VALUES (2, 'a', 1, 1)", .unique),
            ("INSERT INTO t VALUES (2, NULL, 1, 1)", .notNull),
            ("INSERT INTO t VALUES (2, 'b', -1, 1)", .check),
            ("INSERT INTO t VALUES (2, 'b', 1, 9)", .foreignKey),
            ("INSERT INTO t VALUES (2, 'b', 'x', 1)", .dataType),
        ])
    func constraints(text: String, constraint: SQLError.Constraint) throws {
        try database.write { connection in
            try connection.execute(
                """
                CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                    amount INTEGER CHECK (amount >= 0), parent INTEGER REFERENCES t) STRICT
                """)
            try connection.execute("INSERT INTO t VALUES (1, 'a', 1, 1)")
            #expect(kind { try connection.execute(Query(raw: text)) } == .constraint(constraint))
            #expect(try connection.value("SELECT count(*) FROM t") == 1)
        }
    }

    @Test func aTriggerMayFeedAFullTextIndex() throws {
        try database.write { connection in
            try connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT) STRICT")
            try connection.execute("CREATE VIRTUAL TABLE found USING fts5 (body)")
            try connection.execute(
                """
                CREATE TRIGGER notes_found AFTER INSERT ON notes BEGIN
                    INSERT INTO found (rowid, body) VALUES (new.id, new.body);
                END
                """)
            try connection.execute("INSERT INTO notes (body) VALUES ('a needle in hay')")
            #expect(try connection.value("SELECT rowid FROM found WHERE found MATCH 'needle'") == 1)
        }
    }

    @Test func theConnectionIsClosedToWhatWouldGoAroundTheGate() throws {
        let other = scratch.path + "/other.db"
        #expect(kind { try database.write { try $0.execute("ATTACH \(other) AS other") } } != nil)
        #expect(kind { try database.write { try $0.execute("VACUUM") } } != nil)
        #expect(kind { try database.write { try $0.execute("PRAGMA wal_checkpoint") } } == .busy)
        #expect(
            kind { try database.read { try $0.execute("SELECT load_extension('x')") } } == .other)
    }

    @Test func settingsHoldOnBothKindsOfConnection() throws {
        func check(_ connection: Connection) throws {
            #expect(try connection.value("PRAGMA journal_mode") == "wal")
            #expect(try connection.value("PRAGMA foreign_keys") == 1)
            #expect(try connection.value("PRAGMA temp_store") == 2)
            #expect(try connection.value("PRAGMA busy_timeout") == 10_000)
            #expect(try connection.value("PRAGMA mmap_size") == 0)
        }
        try database.read(check)
        try database.write { connection in
            try check(connection)
            #expect(try connection.value("PRAGMA secure_delete") == 2)
            #expect(try connection.value("PRAGMA journal_size_limit") == 67_108_864)
        }
    }

    @Test("A commit of full durability is told when its log is not on the disk")
    func durabilityFails() throws {
        try database.write { try $0.execute("CREATE TABLE IF NOT EXISTS sums (sum INTEGER)") }
        let insert = { [path = database.path] (connection: Connection) in
            unlink(path + "-wal")
            try connection.execute("INSERT INTO sums VALUES (1)")
        }
        try database.write(durability: .normal, insert)
        #expect(throws: SQLError.self) { try database.write(insert) }
        let count = try database.write(durability: .normal) {
            try $0.value("SELECT count(*) FROM sums", as: Int.self)
        }
        #expect(count == 2)
    }
}
