internal import CSQLite
internal import Glibc

extension SQLError {
    /// The failure a connection has just had.
    ///
    /// - Parameters:
    ///   - code: What the failed call returned.
    ///   - handle: The connection; `nil` when even that could not be allocated.
    ///   - sql: The statement that ran.
    ///   - file: Where the call was about one: its name.
    init(_ code: Int32, on handle: OpaquePointer?, sql: String? = nil, about file: String? = nil) {
        let systemError = handle.map { sqlite3_system_errno($0) } ?? 0
        let message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
        self.init(
            kind: Kind(sqlite: code, systemError: systemError), code: code,
            message: file.map { "\($0): \(message)" } ?? message, sql: sql)
    }

    /// The failure of a system call on a file of the database.
    init(systemError: Int32, _ what: String) {
        self.init(
            kind: Kind(systemError: systemError) ?? .cannotOpen, code: 0,
            message: "\(what): \(String(cString: strerror(systemError)))", sql: nil)
    }
}

extension SQLError.Kind {
    /// Sorts a result code, with the help of the `errno` behind it where storage is concerned.
    init(sqlite code: Int32, systemError: Int32) {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
        case SQLITE_FULL: self = .full
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_CORRUPT: self = .corrupt
        case SQLITE_NOTADB: self = .notADatabase
        case SQLITE_CONSTRAINT: self = .constraint(.init(sqlite: code))
        case SQLITE_MISUSE, SQLITE_RANGE: self = .misuse
        case SQLITE_CANTOPEN: self = Self(systemError: systemError) ?? .cannotOpen
        // `errno` may be left over from a file that need not exist.
        case SQLITE_IOERR where systemError != ENOENT: self = Self(systemError: systemError) ?? .io
        case SQLITE_IOERR: self = .io
        default: self = .other
        }
    }

    init?(systemError: Int32) {
        switch systemError {
        case ENOENT: self = .missing
        case ENOSPC, EDQUOT: self = .full
        case EROFS: self = .readOnly
        default: return nil
        }
    }
}

extension SQLError.Constraint {
    /// The extended codes are shifted macros, which Swift does not import: see rescode.html.
    init(sqlite code: Int32) {
        switch code >> 8 {
        case 1: self = .check
        case 3: self = .foreignKey
        case 5: self = .notNull
        case 6, 8, 10: self = .unique  // PRIMARY KEY, UNIQUE and rowid
        case 12: self = .dataType
        default: self = .other
        }
    }
}
