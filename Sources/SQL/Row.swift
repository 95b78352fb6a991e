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
        precondition((0..<count).contains(index), "the row has no column \(index)")
        return String(cString: sqlite3_column_name(statement.handle, Int32(index)))
    }

    /// The value of a column by its position, from 0.
    ///
    /// - Throws: ``SQLError`` of kind `typeMismatch` when the column holds something else (NULL is
    ///   something else unless `T` is an optional), `misuse` when there is no such column.
    public subscript<T: SQLConvertible>(index: Int, as type: T.Type = T.self) -> T {
        get throws(SQLError) {
            guard (0..<count).contains(index) else {
                throw .misuse("the row has no column \(index)", sql: statement.text)
            }
            let stored = try statement.value(at: Int32(index))
            guard let value = T(sqlValue: stored) else {
                throw .typeMismatch(
                    column: name(at: index), found: stored, wanted: type, sql: statement.text)
            }
            return value
        }
    }

    /// The value of a column by its name; the first one of that name.
    ///
    /// - Throws: As the subscript by position.
    public subscript<T: SQLConvertible>(name: String, as type: T.Type = T.self) -> T {
        get throws(SQLError) {
            guard let index = statement.column(named: name) else {
                throw .misuse("the row has no column \(name)", sql: statement.text)
            }
            return try self[index, as: type]
        }
    }
}
