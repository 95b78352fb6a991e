internal import CSQLite

/// Long values, read in part (sqlite.org/c3ref/blob_open.html).
extension Connection {
    /// The size in bytes of a text or blob; `nil` for NULL, and where there is no such row.
    public func byteCount(
        inColumn column: String, of table: String, row: Int
    ) throws(SQLError) -> Int? {
        try withPart(column, table, row) { blob in Int(sqlite3_blob_bytes(blob)) }
    }

    /// The bytes of a text or blob behind an offset, so many at most; without the memory that the
    /// whole of it takes.
    ///
    /// - Returns: Empty behind the end; `nil` for NULL, and where there is no such row.
    public func bytes(
        inColumn column: String, of table: String, row: Int, from offset: Int, limit: Int
    ) throws(SQLError) -> [UInt8]? {
        try withPart(column, table, row) { blob throws(SQLError) in
            let count = min(limit, Int(sqlite3_blob_bytes(blob)) - offset)
            guard count > 0 else { return [] }
            var bytes = [UInt8](repeating: 0, count: count)
            let code = sqlite3_blob_read(blob, &bytes, Int32(count), Int32(offset))
            guard code == SQLITE_OK else { throw SQLError(code, on: handle) }
            return bytes
        }
    }

    private func withPart<T>(
        _ column: String, _ table: String, _ row: Int,
        _ body: (OpaquePointer) throws(SQLError) -> T
    ) throws(SQLError) -> T? {
        guard isInTransaction else { throw .misuse("the transaction has ended already") }
        var blob: OpaquePointer?
        let code = sqlite3_blob_open(handle, "main", table, column, Int64(row), 0, &blob)
        defer { sqlite3_blob_close(blob) }
        // What it says of a value that is neither text nor blob, and of a row that is not there.
        if code & 0xff == SQLITE_ERROR { return nil }
        guard code == SQLITE_OK, let blob else { throw SQLError(code, on: handle) }
        return try body(blob)
    }
}
