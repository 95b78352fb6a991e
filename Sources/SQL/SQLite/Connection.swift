internal import CSQLite

/// A connection inside a transaction: what ``Database/read(_:)`` and
/// ``Database/write(durability:_:)`` hand to their closure.
///
/// It belongs to the closure's thread and must not be kept: outside a transaction it refuses every
/// statement.
public final class Connection {
    let handle: OpaquePointer
    private let begin: String
    private var statements = StatementCache(capacity: 128)

    /// Opens the file; what the connection is for is set up by the caller.
    ///
    /// - Parameters:
    ///   - path: Always a file: `:memory:` and `file:` mean nothing special.
    ///   - flags: `SQLITE_OPEN_…`, beside those that every connection gets.
    ///   - begin: The statement that begins its transactions.
    init(path: String, flags: Int32, begin: String) throws(SQLError) {
        _ = Self.libraryIsConfigured
        let file = path.hasPrefix("/") ? path : "./" + path
        // One thread at a time uses a connection, so it needs no lock of its own.
        let allFlags = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(file, &opened, allFlags, nil)
        guard code == SQLITE_OK, let handle = opened else {
            let error = SQLError(code, on: opened, about: path)
            sqlite3_close_v2(opened)
            throw error
        }
        self.handle = handle
        self.begin = begin
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    private static let libraryIsConfigured: Bool =
        csqlite_disable_memory_statistics() == SQLITE_OK
}

/// Statements.
extension Connection {
    /// Runs a statement to its end and passes over the rows it may yield.
    ///
    /// - Returns: How many rows it inserted, updated or deleted itself, without those that
    ///   triggers and foreign keys touched.
    @discardableResult
    public func execute(_ query: Query) throws(SQLError) -> Int {
        let statement = try start(query)
        defer { statements.giveBack(statement) }
        let before = sqlite3_total_changes64(handle)
        while try statement.step() {}
        // The count of changes is left as it was by statements that do not count any.
        guard sqlite3_total_changes64(handle) != before else { return 0 }
        return Int(sqlite3_changes64(handle))
    }

    /// Visits every row in turn. To stop early, throw.
    public func forEach(_ query: Query, _ visit: (borrowing Row) throws -> Void) throws {
        let statement = try start(query)
        defer { statements.giveBack(statement) }
        while try statement.step() { try visit(Row(statement: statement)) }
    }

    /// Every row, mapped.
    public func all<T>(_ query: Query, _ map: (borrowing Row) throws -> T) throws -> [T] {
        var result: [T] = []
        try forEach(query) { row in result.append(try map(row)) }
        return result
    }

    /// The first row, mapped; `nil` when there is none.
    ///
    /// A statement that writes has done all of it by then (sqlite.org/lang_returning.html).
    public func first<T>(_ query: Query, _ map: (borrowing Row) throws -> T) throws -> T? {
        let statement = try start(query)
        defer { statements.giveBack(statement) }
        guard try statement.step() else { return nil }
        return try map(Row(statement: statement))
    }

    /// The first column of the first row; `nil` when there is no row.
    public func value<T: SQLConvertible>(
        _ query: Query, as type: T.Type = T.self
    ) throws(SQLError) -> T? {
        let statement = try start(query)
        defer { statements.giveBack(statement) }
        guard try statement.step() else { return nil }
        return try Row(statement: statement)[0, as: type]
    }

    /// A bound statement, to be given back. It is refused when no transaction is open: it would
    /// otherwise commit by itself.
    private func start(_ query: Query) throws(SQLError) -> Statement {
        guard isInTransaction else {
            throw .misuse("the transaction has ended already", sql: query.text)
        }
        let statement = try statements.lend(query.text, on: handle)
        do {
            try statement.bind(query.values)
        } catch {
            statements.giveBack(statement)
            throw error
        }
        return statement
    }
}

/// Transactions.
extension Connection {
    /// SQLite ends a transaction by itself on some failures, such as a full disk
    /// (sqlite.org/lang_transaction.html).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs the closure between BEGIN and COMMIT, or ROLLBACK when anything throws.
    func transaction<T>(_ body: (Connection) throws -> T) throws -> T {
        try run(begin)
        do {
            let result = try body(self)
            guard isInTransaction else {
                throw SQLError.misuse("the transaction ended before its closure did")
            }
            try run("COMMIT")
            return result
        } catch {
            if isInTransaction { try? run("ROLLBACK") }
            throw error
        }
    }

    private func run(_ text: String) throws(SQLError) {
        let statement = try statements.lend(text, on: handle)
        defer { statements.giveBack(statement) }
        _ = try statement.step()
    }
}

/// What needs no transaction; for the module alone.
extension Connection {
    /// Runs any number of statements that bind nothing and yield nothing.
    func run(script: String) throws(SQLError) {
        guard !script.utf8.contains(0) else {
            throw .misuse("the SQL text holds NUL", sql: script)
        }
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLError(code, on: handle, sql: script) }
    }

    func set(_ option: Int32, _ isOn: Bool) throws(SQLError) {
        let code = csqlite_set_flag(handle, option, isOn ? 1 : 0)
        guard code == SQLITE_OK else { throw SQLError(code, on: handle) }
    }
}
