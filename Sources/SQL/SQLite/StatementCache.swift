/// The prepared statements of one connection, by text; the least recently used one goes first.
struct StatementCache {
    let capacity: Int
    private var statements: [String: Statement] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many statements are kept.
    var count: Int { statements.count }

    /// Lends a statement that is not in use; it must be given back.
    ///
    /// While one is in use, the same text gets a second one, which is not kept.
    mutating func lend(_ text: String, on connection: OpaquePointer) throws(SQLError) -> Statement {
        clock += 1
        let kept = statements[text]
        if let kept, !kept.isBusy { return mark(kept) }
        let fresh = try Statement(text, on: connection)
        if kept == nil, Self.mayKeep(text) { keep(fresh) }
        return mark(fresh)
    }

    func giveBack(_ statement: Statement) {
        statement.reset()
        statement.isBusy = false
    }

    mutating func removeAll() {
        statements.removeAll()
    }

    private func mark(_ statement: Statement) -> Statement {
        statement.isBusy = true
        statement.lastUse = clock
        return statement
    }

    private mutating func keep(_ statement: Statement) {
        if statements.count >= capacity,
            let oldest = statements.values.min(by: { $0.lastUse < $1.lastUse })
        {
            statements[oldest.text] = nil
        }
        statements[statement.text] = statement
    }

    /// Some pragmas act while they are compiled (sqlite.org/pragma.html), so none is kept.
    private static func mayKeep(_ text: String) -> Bool {
        text.drop { $0.isWhitespace }.prefix(6).uppercased() != "PRAGMA"
    }
}
