import SQL
import Testing

@Suite struct QueryTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
    }

    @Test func everyInterpolatedValueIsBound() {
        let title: String? = nil
        let query: Query = "SELECT \(1), \("a"), \(title), \(2.5), \([1] as [UInt8]), \(true)"
        #expect(query.text == "SELECT ?, ?, ?, ?, ?, ?")
        #expect(
            query.values == [
                .integer(1), .text("a"), .null, .real(2.5), .blob([1]), .integer(1),
            ])
    }

    @Test(
        "No value changes the statement",
        arguments: ["'; DROP TABLE rows; --", "\" OR 1=1 --", "?", "$1", "a\0'; DROP TABLE rows"])
    func injection(text: String) throws {
        let found: String? = try database.write { try $0.value("SELECT \(text)") }
        #expect(found == text)
        #expect(try database.countRows() == 0)
    }

    @Test func aListStandsForItsElements() throws {
        let query: Query = "SELECT 2 IN \([1, 2]), 3 IN \([1, 2]), 3 NOT IN \([1, 2])"
        #expect(query.text == "SELECT 2 IN (?, ?), 3 IN (?, ?), 3 NOT IN (?, ?)")
        #expect(try flags(query) == [true, false, true])
        #expect(try flags("SELECT 1 IN \([Int]()), 1 NOT IN \([Int]())") == [false, true])
    }

    private func flags(_ query: Query) throws -> [Bool]? {
        try database.read { connection in
            try connection.first(query) { row in try (0..<row.count).map { try row[$0] } }
        }
    }

    @Test func aQueryTakesInAnother() {
        let condition: Query = "owner = \("me") AND kind IN \([1, 2])"
        let query: Query = "SELECT \(0) FROM notes WHERE \(condition) LIMIT \(9)"
        #expect(query.text == "SELECT ? FROM notes WHERE owner = ? AND kind IN (?, ?) LIMIT ?")
        #expect(
            query.values == [.integer(0), .text("me"), .integer(1), .integer(2), .integer(9)])
    }

    @Test("Any text can be a name", arguments: ["plain", "two words", "q\"uote", "\"\"", "ä'é"])
    func identifier(name: String) throws {
        try database.write { connection in
            try connection.execute("CREATE TABLE \(identifier: name) (x INTEGER) STRICT")
            try connection.execute("INSERT INTO \(identifier: name) VALUES (\(5))")
            #expect(try connection.value("SELECT x FROM \(identifier: name)") == 5)
            #expect(
                try connection.value("SELECT count(*) FROM sqlite_schema WHERE name = \(name)") == 1
            )
        }
    }

    @Test func rawTextStandsAsItIs() {
        let query: Query = "SELECT title FROM notes ORDER BY \(raw: "created_ms DESC")"
        #expect(query.text == "SELECT title FROM notes ORDER BY created_ms DESC")
    }

    @Test(
        "Only exactly one statement runs",
        arguments: [
            "", "  ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; PRAGMA query_only = OFF",
            "SELECT 1\0; DROP TABLE rows",
        ])
    func oneStatement(text: String) {
        #expect(kind { try database.write { try $0.execute(Query(raw: text)) } } == .misuse)
    }

    @Test func aSemicolonMayEndTheStatement() throws {
        #expect(try database.read { try $0.value("SELECT 1;\n ; ") } == 1)
    }

    @Test func theNumbersOfValuesAndPlaceholdersMustAgree() {
        let tooFew = Query(raw: "SELECT ?, ?", values: [.integer(1)])
        let quoted: Query = "SELECT '\("in quotes")'"
        #expect(kind { try database.read { try $0.execute(tooFew) } } == .misuse)
        #expect(kind { try database.read { try $0.execute(quoted) } } == .misuse)
    }

    @Test func anErrorCarriesTheStatementAndNeverItsValues() throws {
        let error = #expect(throws: SQLError.self) {
            try database.read { try $0.execute("SELECT \("secret") FROM nowhere") }
        }
        #expect(error?.kind == .other)
        #expect(error?.sql == "SELECT ? FROM nowhere")
        #expect(error?.description.contains("nowhere") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func doubleQuotesAreForNames() {
        #expect(kind { try database.read { try $0.execute("SELECT \"no such name\"") } } == .other)
    }
}
