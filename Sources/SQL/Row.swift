internal import CSQLite

/// The row a query has come to, valid inside the closure it is handed to.
///
/// Columns are read by position or by name, as the type the place asks for:
///
///     try connection.all("SELECT id, title FROM notes") { row in
///         Note(id: try row[0], title: try row["title"])
///     }
public struct Row: ~Copyable {
    let statement: Statement

    /// How many columns the row has.
    public var count: Int { Int(sqlite3_column_count(statement.handle)) }

    /// The name of a column: what stands after `AS`, or else the column's own name.
    ///
    /// - Precondition: `index` is in `0..<count`.
    public func name(at index: Int) -> String {
        statement.columnNames[index]
    }

    /// The value of a column by its position, from 0.
    ///
    /// - Throws: ``SQLError`` of kind `typeMismatch` when the column holds something else (NULL is
    ///   something else unless `T` is an optional), `misuse` when there is no such column.
    @inlinable
    public subscript<T: SQLConvertible>(index: Int, as type: T.Type = T.self) -> T {
        get throws(SQLError) {
            let stored = try stored(at: index)
            guard let value = T(sqlValue: stored) else {
                throw mismatch(of: stored, at: index, with: type)
            }
            return value
        }
    }

    /// The value of a column by its name; the first one of that name.
    ///
    /// - Throws: As the subscript by position.
    @inlinable
    public subscript<T: SQLConvertible>(name: String, as type: T.Type = T.self) -> T {
        get throws(SQLError) {
            try self[try index(of: name), as: type]
        }
    }

    @usableFromInline
    func stored(at index: Int) throws(SQLError) -> Value {
        guard (0..<count).contains(index) else {
            throw .misuse("the row has no column \(index)", sql: statement.text)
        }
        return try statement.value(at: Int32(index))
    }

    @usableFromInline
    func index(of name: String) throws(SQLError) -> Int {
        guard let index = statement.columnNames.firstIndex(of: name) else {
            throw .misuse("the row has no column \(name)", sql: statement.text)
        }
        return index
    }

    @usableFromInline
    func mismatch(of stored: Value, at index: Int, with type: Any.Type) -> SQLError {
        .typeMismatch(column: name(at: index), found: stored, wanted: type, sql: statement.text)
    }
}
