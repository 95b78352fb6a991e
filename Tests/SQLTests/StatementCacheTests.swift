import Testing

@testable import SQL

@Suite struct StatementCacheTests {
    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try scratch.database()
    }

    private func withCache(
        of capacity: Int, _ body: (inout StatementCache, OpaquePointer) throws -> Void
    ) throws {
        try database.read { connection in
            var cache = StatementCache(capacity: capacity)
            try body(&cache, connection.handle)
        }
    }

    @Test func theSameTextIsCompiledOnce() throws {
        try withCache(of: 4) { cache, connection in
            let first = try cache.lend("SELECT 1", on: connection)
            cache.giveBack(first)
            #expect(try cache.lend("SELECT 1", on: connection) === first)
        }
    }

    @Test func aStatementInUseIsLentToNobodyElse() throws {
        try withCache(of: 4) { cache, connection in
            let first = try cache.lend("SELECT 1", on: connection)
            let second = try cache.lend("SELECT 1", on: connection)
            #expect(first !== second)
            cache.giveBack(first)
            cache.giveBack(second)
            #expect(try cache.lend("SELECT 1", on: connection) === first)
            #expect(cache.count == 1)
        }
    }

    @Test func theLeastRecentlyUsedOneGoesFirst() throws {
        try withCache(of: 2) { cache, connection in
            func use(_ text: String) throws -> Statement {
                let statement = try cache.lend(text, on: connection)
                cache.giveBack(statement)
                return statement
            }
            let one = try use("SELECT 1")
            let two = try use("SELECT 2")
            _ = try use("SELECT 1")
            _ = try use("SELECT 3")
            #expect(cache.count == 2)
            #expect(try use("SELECT 1") === one)
            #expect(try use("SELECT 2") !== two)
        }
    }

    @Test(
        "What acts while it is compiled is not kept", arguments: ["PRAGMA cache_size", " pragma x"])
    func pragmas(text: String) throws {
        try withCache(of: 2) { cache, connection in
            cache.giveBack(try cache.lend(text, on: connection))
            #expect(cache.count == 0)
        }
    }
}
