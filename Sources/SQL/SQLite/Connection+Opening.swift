internal import CSQLite

/// The two kinds of connection and their settings.
extension Connection {
    /// A connection that can only read. The writer must have opened the database before.
    static func reader(path: String, busyTimeout: Duration) throws(SQLError) -> Connection {
        let connection = try Connection(
            path: path, flags: SQLITE_OPEN_READONLY, begin: "BEGIN DEFERRED")
        try connection.configure(busyTimeout: busyTimeout)
        return connection
    }

    /// The connection that writes. To be opened, set up and used inside the gate.
    static func writer(path: String, create: Bool) throws(SQLError) -> Connection {
        let flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0)
        let connection = try Connection(path: path, flags: flags, begin: "BEGIN IMMEDIATE")
        guard sqlite3_db_readonly(connection.handle, "main") == 0 else {
            throw SQLError(
                kind: .readOnly, code: SQLITE_READONLY,
                message: "\(path): the file cannot be written; check its owner and mode", sql: nil)
        }
        return connection
    }

    /// Makes the database use a write-ahead log. Writes to it, so the gate must be held.
    func configureWriter(busyTimeout: Duration) throws(SQLError) {
        try configure(busyTimeout: busyTimeout)
        let mode = try pragma("journal_mode = WAL")
        guard mode == .text("wal") else {
            throw SQLError(
                kind: .cannotOpen, code: 0, message: "the file system cannot hold a WAL", sql: nil)
        }
        try run(
            script: """
                PRAGMA synchronous = NORMAL;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA secure_delete = FAST;
                """)
    }

    /// What both kinds share. The busy timeout comes first: what follows may have to wait.
    private func configure(busyTimeout: Duration) throws(SQLError) {
        setBusyTimeout(busyTimeout)
        try set(SQLITE_DBCONFIG_ENABLE_FKEY, true)
        try set(SQLITE_DBCONFIG_DEFENSIVE, true)
        // SQLITE_DBCONFIG_TRUSTED_SCHEMA stays on: the schema is our own, and FTS5 of 3.40 could
        // otherwise not be fed by triggers, which is the way its manual tells.
        try set(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false)
        // "x" is a name and never a text, so that a misspelt column is an error.
        try set(SQLITE_DBCONFIG_DQS_DML, false)
        try set(SQLITE_DBCONFIG_DQS_DDL, false)
        // A close may checkpoint, and only what holds the gate may checkpoint.
        try set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        // Another database has another gate.
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        try run(
            script: """
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -2000;
                PRAGMA mmap_size = 0;
                """)
    }

    func setBusyTimeout(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        sqlite3_busy_timeout(handle, Int32(clamping: milliseconds))
    }

    /// The one value a pragma answers with.
    private func pragma(_ text: String) throws(SQLError) -> Value {
        let statement = try Statement("PRAGMA \(text)", on: handle)
        guard try statement.step() else { return .null }
        return try statement.value(at: 0)
    }

    /// The database's file with every link followed, as SQLite names it.
    var path: String {
        sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? ""
    }

    /// Refuses to go on with a file that is no longer the one under its name: what is written
    /// there would be lost.
    func requireFileInPlace() throws(SQLError) {
        var hasMoved: Int32 = 0
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        guard code == SQLITE_OK, hasMoved == 0 else {
            throw SQLError(
                kind: .missing, code: 0,
                message: "\(path): the file was moved or removed; restart on the right one",
                sql: nil)
        }
    }
}
