import SQL
import Testing

@Suite struct ValueTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
        try database.write { try $0.execute("CREATE TABLE things (thing ANY) STRICT") }
    }

    /// What a value is after a way through a table.
    private func stored<T: SQLConvertible>(_ value: T) throws -> T? {
        try database.write { connection in
            try connection.execute("DELETE FROM things")
            try connection.execute("INSERT INTO things VALUES (\(value))")
            return try connection.value("SELECT thing FROM things")
        }
    }

    @Test(
        "A value comes back as it went in",
        arguments: [
            .null, .integer(0), .integer(.min), .integer(.max), .integer(-1),
            .real(0.1), .real(-0.0), .real(.infinity), .real(.greatestFiniteMagnitude),
            .text(""), .text("ä€𝄞"), .text("a\0b\0"), .text("\0"),
            .text(String(repeating: "long ", count: 100_000)),
            .blob([]), .blob([0, 255, 0]), .blob([UInt8](repeating: 7, count: 100_000)),
        ] as [Value])
    func roundTrip(value: Value) throws {
        #expect(try stored(value) == value)
    }

    private enum State: String, SQLConvertible { case queued, running }
    private enum Level: Int, SQLConvertible { case low = 1 }

    @Test func swiftTypesComeBackAsTheyWentIn() throws {
        #expect(try stored(Int.min) == .min)
        #expect(try stored(Int64.max) == .max)
        #expect(try stored(true) == true)
        #expect(try stored(false) == false)
        #expect(try stored(1.5) == 1.5)
        #expect(try stored("a\0b") == "a\0b")
        #expect(try stored([1, 2] as [UInt8]) == [1, 2])
        #expect(try stored(State.running) == .running)
        #expect(try stored(Level.low) == .low)
        #expect(try stored(String?.none) == .some(nil))
        #expect(try stored(Int?.some(5)) == 5)
    }

    @Test func aValueOfAnotherTypeIsAnErrorAndNoGuess() throws {
        func reads<T: SQLConvertible>(_ query: Query, as type: T.Type) -> SQLError.Kind? {
            kind { _ = try database.read { try $0.value(query, as: type) } }
        }
        #expect(reads("SELECT '5'", as: Int.self) == .typeMismatch)
        #expect(reads("SELECT 1.0", as: Int.self) == .typeMismatch)
        #expect(reads("SELECT NULL", as: Int.self) == .typeMismatch)
        #expect(reads("SELECT 2", as: Bool.self) == .typeMismatch)
        #expect(reads("SELECT 5", as: String.self) == .typeMismatch)
        #expect(reads("SELECT 'x'", as: [UInt8].self) == .typeMismatch)
        #expect(reads("SELECT 'x'", as: Double.self) == .typeMismatch)
        #expect(reads("SELECT 9007199254740993", as: Double.self) == .typeMismatch)
        #expect(reads("SELECT 3", as: Double.self) == nil)
        #expect(reads("SELECT 'sleeping'", as: State.self) == .typeMismatch)
        #expect(reads("SELECT 5", as: String?.self) == .typeMismatch)
    }

    @Test func textThatIsNotUTF8ArrivesAsItsBytesAndNeverAsText() throws {
        let query: Query = "SELECT CAST(x'61ff62' AS TEXT)"
        #expect(
            kind { _ = try database.read { try $0.value(query, as: String.self) } } == .typeMismatch
        )
        #expect(try database.read { try $0.value(query) } == Value.blob([0x61, 0xff, 0x62]))
    }

    @Test func theMessageOfATypeMismatchTellsTypesAndNotTheValue() throws {
        let error = #expect(throws: SQLError.self) {
            try database.read { try $0.value("SELECT \("secret") AS title", as: Int.self) }
        }
        let text = try #require(error?.description)
        #expect(text.contains("title") && text.contains("TEXT") && text.contains("Int"))
        #expect(!text.contains("secret"))
    }
}
