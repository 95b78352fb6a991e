internal import CSQLite
internal import Glibc

/// A prepared statement. It stays with its connection, which outlives it.
final class Statement {
    let handle: OpaquePointer
    let text: String
    /// Whether a query runs with it right now. The cache keeps it, but lends it to no other.
    var isBusy = false
    /// When the cache last lent it.
    var lastUse: UInt64 = 0
    private var names: [String] = []
    private var namedCompilation: Int32 = -1

    /// Compiles exactly one statement.
    ///
    /// - Throws: ``SQLError``; of kind `misuse` for no statement or more than one.
    init(_ text: String, on connection: OpaquePointer) throws(SQLError) {
        guard !text.utf8.contains(0) else { throw .misuse("the SQL text holds NUL", sql: text) }
        var handle: OpaquePointer?
        var isAlone = true
        let code = text.withCString { start in
            var tail: UnsafePointer<CChar>?
            let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
            let code = sqlite3_prepare_v3(connection, start, -1, flags, &handle, &tail)
            isAlone = tail.map(Self.isBlank) ?? true
            return code
        }
        guard code == SQLITE_OK else { throw SQLError(code, on: connection, sql: text) }
        guard let handle, isAlone else {
            sqlite3_finalize(handle)
            throw .misuse("the text is not one statement", sql: text)
        }
        self.handle = handle
        self.text = text
    }

    deinit { sqlite3_finalize(handle) }

    /// Whether nothing but white space and semicolons is left.
    private static func isBlank(_ tail: UnsafePointer<CChar>) -> Bool {
        strspn(tail, " \t\n\u{0C}\r;") == strlen(tail)
    }

    func bind(_ values: [Value]) throws(SQLError) {
        guard sqlite3_bind_parameter_count(handle) == values.count else {
            throw .misuse("\(values.count) values for another number of placeholders", sql: text)
        }
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(handle, index)
        case .integer(let number):
            return sqlite3_bind_int64(handle, index, number)
        case .real(let number):
            return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            return text.withUTF8 {
                csqlite_bind_text(handle, index, $0.baseAddress, UInt64($0.count))
            }
        case .blob(let bytes):
            return bytes.withUnsafeBufferPointer {
                csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count))
            }
        }
    }

    /// Moves to the next row; `false` when there is none.
    func step() throws(SQLError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code)
        }
    }

    /// Ends a run, wherever it stands, and lets go of the bound values.
    func reset() {
        sqlite3_reset(handle)  // repeats the failure that `step` has reported already
        sqlite3_clear_bindings(handle)
    }

    private func error(_ code: Int32) -> SQLError {
        SQLError(code, on: sqlite3_db_handle(handle), sql: text)
    }
}

/// What the current row holds.
extension Statement {
    /// The names of the columns. SQLite compiles a statement again, by itself, when the schema has
    /// changed; they are read again then.
    var columnNames: [String] {
        let compilations = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if compilations != namedCompilation {
            names = (0..<sqlite3_column_count(handle)).map {
                String(cString: sqlite3_column_name(handle, $0))
            }
            namedCompilation = compilations
        }
        return names
    }

    func value(at index: Int32) throws(SQLError) -> Value {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT: return try text(at: index)
        default: return .blob(bytes(at: index, from: sqlite3_column_blob(handle, index)))
        }
    }

    private func text(at index: Int32) throws(SQLError) -> Value {
        guard let start = sqlite3_column_text(handle, index) else { throw error(SQLITE_NOMEM) }
        // The length comes second: fetching the text may convert it (c3ref/column_blob.html).
        let utf8 = UnsafeBufferPointer(
            start: start, count: Int(sqlite3_column_bytes(handle, index)))
        do {
            return .text(String(copying: try UTF8Span(validating: utf8.span)))
        } catch {
            return .blob(Array(utf8))
        }
    }

    private func bytes(at index: Int32, from start: UnsafeRawPointer?) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, index))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
