/// What a sound database holds.
public struct Inspection: Sendable, Hashable {
    public let schemaVersion: Int
    /// How many rows each table has.
    public let rows: [String: Int]
}

extension Database {
    /// Looks through a whole database file without changing it.
    ///
    /// - Parameters:
    ///   - path: The file, such as one that ``copy(_:to:)`` has made.
    ///   - thoroughly: Whether each index is compared with its table, which takes several times as long.
    /// - Throws: ``SQLError``; of kind `corrupt` or `notADatabase` when it is damaged, `constraint`
    ///   when rows refer to rows that are not there.
    public static func inspect(_ path: String, thoroughly: Bool) throws -> Inspection {
        let connection = try Connection.reader(path: path, busyTimeout: .seconds(10))
        try connection.run(script: "PRAGMA cache_size = -65536")
        return try connection.transaction { connection in
            try connection.requireSoundness(thoroughly ? "integrity_check" : "quick_check")
            try connection.requireForeignKeys()
            return Inspection(
                schemaVersion: try connection.schemaVersion(), rows: try connection.countRows())
        }
    }

    /// The version of the schema of a database that others may be using; changes nothing.
    ///
    /// - Throws: ``SQLError``.
    public static func schemaVersion(of path: String) throws -> Int {
        try Connection.reader(path: path, busyTimeout: .seconds(10)).transaction {
            try $0.schemaVersion()
        }
    }
}

extension Connection {
    fileprivate func requireSoundness(_ check: String) throws {
        let finding = try value(Query(raw: "PRAGMA \(check)(1)"), as: String.self)
        guard finding != "ok" else { return }
        throw SQLError(
            kind: .corrupt, code: 0, message: "\(path): \(finding ?? "no answer")", sql: nil)
    }

    /// Of real tables only: a virtual one keeps its rows in some of those.
    fileprivate func countRows() throws -> [String: Int] {
        let tables = try all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        ) { try $0[0, as: String.self] }
        return try tables.reduce(into: [:]) { rows, table in
            let name = table.split(separator: "\"", omittingEmptySubsequences: false)
            rows[table] = try value(
                Query(raw: "SELECT count(*) FROM \"\(name.joined(separator: "\"\""))\""))
        }
    }
}
