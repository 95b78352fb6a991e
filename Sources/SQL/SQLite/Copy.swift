internal import CSQLite

extension Database {
    /// Copies a database that others may be using: all of it as it is at one moment, into one file
    /// that needs no log. Writers go on meanwhile, but their log grows, which makes them slower the
    /// longer the copy takes.
    ///
    /// It only reads, and never stands in the write gate: a backup that yields to all others would
    /// keep them waiting there. The copy is not synced.
    ///
    /// - Parameters:
    ///   - path: The database.
    ///   - copy: A file that is not there yet, in a directory of the caller's own.
    /// - Throws: ``SQLError``; of kind `full` when the copy does not fit. It leaves a part of it then.
    public static func copy(_ path: String, to copy: String) throws(SQLError) {
        let source = try Connection.reader(path: path, busyTimeout: .seconds(10))
        let target = try Connection(
            path: copy, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, begin: "BEGIN")
        try target.run(
            script: """
                PRAGMA locking_mode = EXCLUSIVE;
                PRAGMA journal_mode = OFF;
                PRAGMA synchronous = OFF;
                """)
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw SQLError(sqlite3_errcode(target.handle), on: target.handle)
        }
        // In one step: a copy in several begins again whenever another process has written
        // (sqlite.org/c3ref/backup_finish.html).
        let code = sqlite3_backup_step(backup, -1)
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else { throw SQLError(code, on: target.handle, about: copy) }
        // Copied with the rest: that the file has a log.
        try target.run(script: "PRAGMA journal_mode = DELETE")
    }
    /// Moves all that the log of a database holds into its file, which is the whole database then.
    ///
    /// - Parameter use: Held alone.
    /// - Throws: ``SQLError``; of kind `busy` when a program that does not know the lock reads it.
    public static func foldLog(of path: String, holding use: UseLock) throws(SQLError) {
        let writer = try Writer(
            path: path, create: false, busyTimeout: .seconds(10), queue: WriteQueue(),
            use: use)
        guard try writer.checkpoint().isComplete else {
            throw SQLError(
                kind: .busy, code: 0, message: "\(path): another program has it open", sql: nil)
        }
    }
}
