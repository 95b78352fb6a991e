/// What a database stores in one column of one row, and what a query binds.
///
/// The five cases are SQLite's storage classes (sqlite.org/datatype3.html).
public enum Value: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    /// Text of any length. It may hold NUL.
    case text(String)
    /// Bytes; also how text arrives that is not valid UTF-8, so that nothing is lost or invented.
    case blob([UInt8])

    /// The storage class for a message: the name, never the content.
    var kindName: String {
        switch self {
        case .null: "NULL"
        case .integer: "INTEGER"
        case .real: "REAL"
        case .text: "TEXT"
        case .blob: "BLOB"
        }
    }
}
