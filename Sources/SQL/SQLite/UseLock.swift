internal import Glibc

/// Tells whether anybody uses a database, over all processes.
///
/// Everybody who has it open holds the lock together with the others; who puts another file in its
/// place holds it alone. It is the `flock` of the directory in which the database lies, so there is
/// nothing to be made, owned or removed, and the kernel drops it when a process ends.
public final class UseLock: Sendable {
    private let descriptor: Int32

    /// Joins those who use the database; for as long as the object lives.
    ///
    /// - Throws: ``SQLError`` of kind `busy` while somebody holds it alone.
    public static func shared(by database: String) throws(SQLError) -> UseLock {
        guard let lock = try UseLock(database, LOCK_SH) else {
            throw SQLError(
                kind: .busy, code: 0,
                message: "\(database): a backup is being restored; try again when it is done",
                sql: nil)
        }
        return lock
    }

    /// Keeps everybody from using the database.
    ///
    /// - Returns: `nil` when somebody uses it.
    /// - Throws: ``SQLError`` when there is no such directory.
    public static func alone(with database: String) throws(SQLError) -> UseLock? {
        try UseLock(database, LOCK_EX)
    }

    private init?(_ database: String, _ mode: Int32) throws(SQLError) {
        let directory = Self.directory(of: database)
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLError(systemError: errno, database) }
        while flock(descriptor, mode | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return nil
            default: throw SQLError(systemError: errno, database)
            }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Where the file itself lies: all links to one database lead to one lock.
    private static func directory(of database: String) -> String {
        let resolved = realpath(database, nil)
        defer { free(resolved) }
        let path = resolved.map { String(cString: $0) } ?? database
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
