internal import CSQLite

/// The one connection of a process that writes, and the gate it writes behind.
final class Writer {
    /// Held until the last checkpoint has ended.
    private let use: UseLock
    private let connection: Connection
    private let gate: Gate
    private let busyTimeout: Duration
    private let queue: WriteQueue
    /// Since when its user has waited for a turn; `nil` once it has come.
    var queuedSince: ContinuousClock.Instant?

    /// - Parameter use: Held already; `nil` to join those who use the database.
    init(
        path: String, create: Bool, busyTimeout: Duration, queue: WriteQueue, use: UseLock? = nil
    ) throws(SQLError) {
        if let use { self.use = use } else { self.use = try UseLock.shared(by: path) }
        connection = try Connection.writer(path: path, create: create)
        gate = try Gate(beside: connection.path)
        self.busyTimeout = busyTimeout
        self.queue = queue
        queuedSince = queue.enter()
        try awaitTurn()
        defer { gate.unlock() }
        try connection.configureWriter(busyTimeout: busyTimeout)
    }

    /// Leaves everything in the database file itself, unless another process is writing just now.
    deinit {
        guard gate.tryLock() else { return }
        defer { gate.unlock() }
        _ = try? checkpointInside()
    }

    var path: String { connection.path }

    /// Runs a write transaction inside the gate, which opens again when COMMIT, and the checkpoint
    /// it may have begun, have returned.
    func transaction<T>(
        enforcingForeignKeys: Bool = true, _ body: (Connection) throws -> T
    ) throws -> T {
        try awaitTurn()
        defer { gate.unlock() }
        try connection.requireFileInPlace()
        guard !enforcingForeignKeys else { return try connection.transaction(body) }
        try connection.set(SQLITE_DBCONFIG_ENABLE_FKEY, false)
        defer { try? connection.set(SQLITE_DBCONFIG_ENABLE_FKEY, true) }
        return try connection.transaction(body)
    }

    private func awaitTurn() throws(SQLError) {
        defer { leaveQueue() }
        try gate.lock()
    }

    func leaveQueue() {
        guard let since = queuedSince else { return }
        queuedSince = nil
        queue.leave(since: since)
    }

    func checkpoint() throws(SQLError) -> Checkpoint {
        try awaitTurn()
        defer { gate.unlock() }
        return try checkpointInside()
    }

    /// Readers may hold it up, and while it waits nobody writes: so it waits a short time only.
    private func checkpointInside() throws(SQLError) -> Checkpoint {
        connection.setBusyTimeout(.milliseconds(20))
        defer { connection.setBusyTimeout(busyTimeout) }
        return try connection.checkpoint()
    }
}
