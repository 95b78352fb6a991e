/// The history of a schema: numbered steps that lead forward only.
///
/// Append at the end; never edit, reorder or remove a step that has shipped. The number of steps
/// applied is the database's `user_version`.
public struct Migrations: Sendable {
    private let steps: [String]

    /// - Parameter steps: Each any number of statements, without BEGIN and COMMIT.
    public init(_ steps: [String]) {
        self.steps = steps
    }

    /// The version of the schema when every step is applied.
    public var version: Int { steps.count }

    /// Applies the missing steps: all of them, or none. Several processes may do so at once.
    ///
    /// Foreign keys are checked at the end rather than enforced on the way, so that a step may
    /// rebuild a table others refer to (sqlite.org/lang_altertable.html#otheralter).
    ///
    /// - Returns: The version found, which is ``version`` when nothing was missing.
    /// - Throws: ``SQLError``; of kind `schemaTooNew` for a schema that has steps unknown here,
    ///   which is left alone.
    @discardableResult
    public func apply(to database: Database) throws -> Int {
        let found = try database.withWriter { writer in
            try writer.transaction(enforcingForeignKeys: false) { connection in
                let found = try connection.schemaVersion()
                guard found < version else {
                    try refuseNewer(found)
                    return found
                }
                for step in steps.dropFirst(found) { try connection.run(step: step) }
                try connection.requireForeignKeys()
                try connection.run(script: "PRAGMA user_version = \(version)")
                return found
            }
        }
        try database.sync()
        return found
    }

    /// How many steps a database has; changes nothing.
    public func applied(to database: Database) throws -> Int {
        try database.read { try $0.schemaVersion() }
    }

    /// Refuses a schema that is not exactly the one this program is written for.
    ///
    /// - Throws: ``SQLError`` of kind `schemaTooOld` or `schemaTooNew`.
    public func requireCurrent(in database: Database) throws {
        let found = try applied(to: database)
        guard found >= version else {
            throw SQLError(
                kind: .schemaTooOld, code: 0,
                message: "the schema has version \(found), and \(version) is needed; migrate first",
                sql: nil)
        }
        try refuseNewer(found)
    }

    private func refuseNewer(_ found: Int) throws(SQLError) {
        guard found > version else { return }
        throw SQLError(
            kind: .schemaTooNew, code: 0,
            message: "the schema has version \(found), and \(version) is the newest known here; "
                + "run the newer program",
            sql: nil)
    }
}

extension Connection {
    func schemaVersion() throws(SQLError) -> Int {
        let version = try value("PRAGMA user_version", as: Int.self) ?? 0
        guard version >= 0 else { throw .misuse("the schema version is negative: \(version)") }
        return version
    }

    fileprivate func run(step: String) throws(SQLError) {
        try run(script: step)
        guard isInTransaction else {
            throw .misuse("a migration must not end its transaction", sql: step)
        }
    }

    func requireForeignKeys() throws {
        let broken = try first("PRAGMA foreign_key_check") { try $0[0, as: String.self] }
        guard let broken else { return }
        throw SQLError(
            kind: .constraint(.foreignKey), code: 0,
            message: "rows of \(broken) refer to rows that are not there",
            sql: nil)
    }
}
