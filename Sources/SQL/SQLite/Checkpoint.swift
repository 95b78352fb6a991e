internal import CSQLite

/// How far a checkpoint came.
public struct Checkpoint: Sendable, Hashable {
    /// Whether all of the log is in the database and the log is empty. If not, a reader is still
    /// at an older state: try again later, and look for a long read when it keeps failing.
    public let isComplete: Bool
    /// Pages that stay in the log.
    public let remainingPages: Int
}

extension Connection {
    /// Moves the log into the database and empties it. The gate must be held.
    func checkpoint() throws(SQLError) -> Checkpoint {
        var total: Int32 = 0
        var moved: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &total, &moved)
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else {
            throw SQLError(code, on: handle)
        }
        return Checkpoint(
            isComplete: code == SQLITE_OK, remainingPages: Int(max(0, total - moved)))
    }
}
