internal import CSQLite

/// What the start log needs, and the tests of the gate.
extension Database {
    /// The version of the SQLite library that runs, such as `3.40.1`.
    public static var version: String { String(cString: sqlite3_libversion()) }

    /// Which SQLite runs and how writers are kept apart, for the start log.
    public var regime: String {
        let defect =
            Self.hasWALResetDefect
            ? "; this version has the WAL-reset bug, and the gate is what closes it" : ""
        return "SQLite \(Self.version), write gate on (\(path)-gate)\(defect)"
    }

    /// sqlite.org/wal.html: fixed in 3.51.3, and in the later releases 3.44.6 and 3.50.7.
    private static var hasWALResetDefect: Bool {
        switch sqlite3_libversion_number() {
        case 3_051_003..., 3_050_007..<3_051_000, 3_044_006..<3_045_000: false
        default: true
        }
    }

    /// Moves the log into the database and empties it, while nobody writes.
    ///
    /// Commits do this by themselves every 1,000 pages, as far as readers let them.
    ///
    /// - Throws: ``SQLError``.
    @discardableResult
    public func checkpoint() throws -> Checkpoint {
        try withWriter { try $0.checkpoint() }
    }
}
