/// Why a call to the database failed.
///
/// The program reads ``kind``, the log reads ``description``. Neither holds a bound value.
public struct SQLError: Error, Sendable, Hashable {
    /// What went wrong, as far as a program can act on it.
    public enum Kind: Sendable, Hashable {
        /// Somebody else holds the database, or every connection, for longer than callers wait.
        case busy
        /// No space is left, on the disk or in a quota.
        case full
        /// The file, its directory or its file system cannot be written, or a read tried to.
        case readOnly
        /// The database file is not there, or was taken away while it was open.
        case missing
        /// The file cannot be opened: a directory, no permission, too many open files.
        case cannotOpen
        /// The file is something else than a database.
        case notADatabase
        /// The database is damaged.
        case corrupt
        /// The storage failed.
        case io
        /// The data would break a rule of the schema.
        case constraint(Constraint)
        /// The schema is newer than this program knows.
        case schemaTooNew
        /// The schema is older than this program needs.
        case schemaTooOld
        /// A column holds another type than the one asked for.
        case typeMismatch
        /// The program called the module wrongly.
        case misuse
        /// Anything else: mostly a fault in the SQL itself.
        case other
    }

    /// The rule that was broken.
    public enum Constraint: Sendable, Hashable {
        case unique, foreignKey, notNull, check, dataType, other
    }

    public let kind: Kind
    /// The driver's code. For SQLite the extended result code (sqlite.org/rescode.html), or 0
    /// where SQLite was not asked.
    public let code: Int32
    /// What is wrong, for the log.
    public let message: String
    /// The statement's text with its placeholders.
    public let sql: String?
}

extension SQLError: CustomStringConvertible {
    public var description: String {
        let codeText = code == 0 ? "" : " (code \(code))"
        let sqlText = sql.map { " in: \($0)" } ?? ""
        return "\(message)\(codeText)\(sqlText)"
    }
}

extension SQLError {
    static func misuse(_ message: String, sql: String? = nil) -> Self {
        Self(kind: .misuse, code: 0, message: message, sql: sql)
    }

    static func typeMismatch(column: String, found: Value, wanted: Any.Type, sql: String) -> Self {
        Self(
            kind: .typeMismatch, code: 0,
            message: "column \(column) holds \(found.kindName), which is no \(wanted)", sql: sql)
    }
}
