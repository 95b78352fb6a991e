import SQL
import Testing

@Suite struct TransactionTests {
    struct Refused: Error {}

    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
    }

    @Test func aWriteIsSeenByTheNextRead() throws {
        let answer = try database.write { connection in
            try connection.addRow()
            return "done"
        }
        #expect(answer == "done")
        #expect(try database.countRows() == 1)
    }

    @Test func aWriteThatThrowsLeavesNothing() throws {
        #expect(throws: Refused.self) {
            try database.write { connection in
                try connection.addRow()
                throw Refused()
            }
        }
        #expect(try database.countRows() == 0)
        try database.addRow()
        #expect(try database.countRows() == 1)
    }

    @Test func aWriteWhoseCommitFailsLeavesNothing() throws {
        try database.write { connection in
            try connection.execute(
                """
                CREATE TABLE links (
                    row INTEGER REFERENCES rows DEFERRABLE INITIALLY DEFERRED) STRICT
                """)
        }
        let kind = kind {
            try database.write { connection in
                try connection.addRow()
                try connection.execute("INSERT INTO links VALUES (99)")
            }
        }
        #expect(kind == .constraint(.foreignKey))
        #expect(try database.countRows() == 0)
    }

    @Test func aReadCannotWrite() throws {
        #expect(kind { try database.read { try $0.addRow() } } == .readOnly)
        let kind = kind {
            try database.read { connection in
                try connection.execute("PRAGMA query_only = OFF")
                try connection.addRow()
            }
        }
        #expect(kind == .readOnly)
        #expect(try database.countRows() == 0)
    }

    @Test func aReadSeesOneStateOfTheDatabase() throws {
        let database = database
        try database.addRow()
        try database.read { connection in
            #expect(try connection.countRows() == 1)
            try onThreads(1) { _ in try database.addRow() }
            #expect(try connection.countRows() == 1)
        }
        #expect(try database.countRows() == 2)
    }

    @Test func aTransactionInsideATransactionIsRefused() throws {
        let database = database
        let refused = [
            kind { try database.write { _ in try database.write { _ in } } },
            kind { try database.write { _ in try database.read { _ in } } },
            kind { try database.read { _ in try database.write { _ in } } },
            kind { try database.read { _ in try database.read { _ in } } },
            kind { _ = try database.write { _ in try database.checkpoint() } },
        ]
        #expect(refused.allSatisfy { $0 == .misuse })
        try database.addRow()
        #expect(try database.countRows() == 1)
    }

    @Test func twoDatabasesMayBeUsedAtOnce() throws {
        let other = try Scratch()
        let second = try other.database()
        try database.write { connection in
            try connection.addRow()
            try second.addRow()
        }
        #expect(try database.countRows() == 1)
        #expect(try second.countRows() == 1)
    }

    @Test func aConnectionIsOfNoUseAfterItsTransaction() throws {
        let kept = try database.write { $0 }
        #expect(kind { try kept.addRow() } == .misuse)
        #expect(try database.countRows() == 0)
    }

    @Test func nothingRunsAfterTheTransactionWasEndedInside() throws {
        let kind = kind {
            try database.write { connection in
                try connection.execute("ROLLBACK")
                try connection.addRow()
            }
        }
        #expect(kind == .misuse)
        #expect(SQLTests.kind { try database.write { try $0.execute("COMMIT") } } == .misuse)
        #expect(try database.countRows() == 0)
    }

    @Test func changesOutliveTheDatabaseObject() throws {
        try database.addRow()
        let again = try Database(path: scratch.file)
        #expect(try again.countRows() == 1)
    }
}
