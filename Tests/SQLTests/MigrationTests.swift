import SQL
import Testing

@Suite struct MigrationTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try Database(path: scratch.file)
    }

    private let steps = [
        """
        CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT) STRICT;
        CREATE TABLE children (
            id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents ON DELETE CASCADE) STRICT;
        INSERT INTO parents VALUES (1, 'one');
        INSERT INTO children VALUES (1, 1);
        """,
        "ALTER TABLE parents ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    ]

    private func version() throws -> Int? {
        try database.read { try $0.value("PRAGMA user_version") }
    }

    private func enforcesForeignKeys() throws -> Bool? {
        try database.write { try $0.value("PRAGMA foreign_keys") }
    }

    @Test func onlyTheMissingStepsAreApplied() throws {
        #expect(try Migrations([steps[0]]).apply(to: database) == 0)
        #expect(try Migrations(steps).apply(to: database) == 1)
        #expect(try Migrations(steps).apply(to: database) == 2)
        #expect(try version() == 2)
        #expect(try Migrations(steps).applied(to: database) == 2)
        #expect(try database.read { try $0.value("SELECT pinned FROM parents") } == 0)
    }

    @Test func aStepThatFailsLeavesNothing() throws {
        let broken = Migrations(steps + ["CREATE TABLE half (x TEXT) STRICT; DROP TABLE nothing"])
        #expect(kind { try broken.apply(to: database) } == .other)
        #expect(try version() == 0)
        #expect(try database.read { try $0.value("SELECT count(*) FROM sqlite_schema") } == 0)
        #expect(try enforcesForeignKeys() == true)
        #expect(try Migrations(steps).apply(to: database) == 0)
    }

    @Test func aNewerSchemaIsLeftAlone() throws {
        try database.write { try $0.execute("PRAGMA user_version = 99") }
        #expect(kind { try Migrations(steps).apply(to: database) } == .schemaTooNew)
        #expect(try version() == 99)
        #expect(kind { try Migrations(steps).requireCurrent(in: database) } == .schemaTooNew)
    }

    @Test func aWorkerRunsOnItsOwnSchemaOnly() throws {
        let migrations = Migrations(steps)
        #expect(kind { try migrations.requireCurrent(in: database) } == .schemaTooOld)
        try migrations.apply(to: database)
        try migrations.requireCurrent(in: database)
        #expect(kind { try Migrations([steps[0]]).requireCurrent(in: database) } == .schemaTooNew)
    }

    @Test func aTableCanBeRebuiltUnderThoseThatReferToIt() throws {
        let rebuild = """
            CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
            INSERT INTO new_parents SELECT id, name FROM parents;
            DROP TABLE parents;
            ALTER TABLE new_parents RENAME TO parents;
            """
        try Migrations([steps[0], rebuild]).apply(to: database)
        #expect(try database.read { try $0.value("SELECT count(*) FROM children") } == 1)
        #expect(try enforcesForeignKeys() == true)
    }

    @Test func aStepMustNotBreakAForeignKey() throws {
        let broken = Migrations([steps[0], "DELETE FROM parents"])
        #expect(kind { try broken.apply(to: database) } == .constraint(.foreignKey))
        #expect(try version() == 0)
    }

    @Test("A step must leave the transaction to us", arguments: ["COMMIT", "ROLLBACK"])
    func transactions(statement: String) throws {
        let migrations = Migrations([steps[0], statement, "CREATE TABLE later (x TEXT) STRICT"])
        #expect(kind { try migrations.apply(to: database) } == .misuse)
        #expect(kind { try database.read { try $0.execute("SELECT * FROM later") } } == .other)
        #expect(try enforcesForeignKeys() == true)
    }
}
