/// A SQLite database that several threads of several processes use at once.
///
/// Reading and writing happen in transactions only. Readers see the state the database had when
/// they began, wait for nobody, and cannot write. Writers come one at a time, over all processes
/// that use this type: see ``regime``. There is no other way to write.
///
/// A transaction should be short: an open read keeps the log from being emptied, an open write
/// keeps everybody else from writing. No network call belongs inside.
public final class Database: Sendable {
    /// How a database is opened.
    public struct Options: Sendable {
        /// Whether a file that is missing is created.
        public var create = true
        /// How many reads run at once in this process. Connections open when they are needed.
        public var readers = 8
        /// How long a caller waits for a connection, and SQLite for a lock.
        public var busyTimeout = Duration.seconds(10)

        /// Where writers wait for their turn.
        public var queue = WriteQueue()

        public init() {}
    }

    /// The database's file, with every symbolic link followed.
    public let path: String
    private let readers: Pool<Connection>
    private let writers: Pool<Writer>
    private let queue: WriteQueue
    private let log: LogSync
    /// Whether the thread is inside a transaction of this database.
    private let isInTransaction = ThreadFlag()

    /// Opens the database, in WAL mode.
    ///
    /// - Parameters:
    ///   - path: Always a file, on a local file system; its directory must be writable.
    ///   - options: How it is opened.
    /// - Throws: ``SQLError`` of kind `missing`, `cannotOpen`, `notADatabase`, `readOnly`, `full`,
    ///   `corrupt` or `busy`; also `busy` while a backup is being restored (see ``UseLock``).
    public init(path: String, options: Options = Options()) throws(SQLError) {
        let writer = try Writer(
            path: path, create: options.create, busyTimeout: options.busyTimeout,
            queue: options.queue)
        let file = writer.path
        self.path = file
        queue = options.queue
        log = LogSync(database: file)
        writers = Pool(only: writer, waitLimit: options.busyTimeout)
        readers = Pool(limit: options.readers, waitLimit: options.busyTimeout) {
            () throws(SQLError) in
            try Connection.reader(path: file, busyTimeout: options.busyTimeout)
        }
    }

    /// Runs a read transaction: every statement sees the same state of the database.
    ///
    /// - Throws: What the closure throws, and ``SQLError``; of kind `readOnly` when the closure
    ///   writes, `misuse` when the thread is inside a transaction of this database already.
    public func read<T>(_ body: (Connection) throws -> T) throws -> T {
        try alone {
            let reader = try readers.take()
            defer { readers.giveBack(reader) }
            return try reader.transaction(body)
        }
    }

    /// Runs a write transaction: all of it, or nothing when anything throws.
    ///
    /// - Parameters:
    ///   - durability: Whether it is on the disk when the call returns.
    ///   - body: Called once, while nobody else writes.
    /// - Throws: What the closure throws, and ``SQLError``; of kind `misuse` when the thread is
    ///   inside a transaction of this database already, `missing` when the file was taken away. When
    ///   the disk fails after a commit of full durability, the transaction stays committed; later ones
    ///   are refused until the log is in the database.
    @discardableResult
    public func write<T>(
        durability: Durability = .full, _ body: (Connection) throws -> T
    ) throws -> T {
        if durability == .full { try proveLog() }
        let result = try withWriter { try $0.transaction(body) }
        if durability == .full { try sync() }
        return result
    }

    /// Returns when everything this process has committed is on the disk.
    ///
    /// - Throws: ``SQLError`` when the disk fails.
    func sync() throws(SQLError) {
        try log.sync()
    }

    /// After a sync that failed: moves the log into the database, so that nothing depends on it.
    private func proveLog() throws {
        guard let failure = log.failure else { return }
        guard try checkpoint().isComplete else { throw failure }
        log.proven()
    }

    /// Lends the writer to what needs more than ``write(durability:_:)`` gives.
    func withWriter<T>(_ body: (Writer) throws -> T) throws -> T {
        try alone {
            let writer = try takeWriter()
            defer {
                writer.leaveQueue()
                writers.giveBack(writer)
            }
            return try body(writer)
        }
    }

    private func takeWriter() throws -> Writer {
        let start = queue.enter()
        do {
            let writer = try writers.take()
            writer.queuedSince = start
            return writer
        } catch {
            queue.leave(since: start)
            throw error
        }
    }

    /// A second transaction would wait for the first one of its own thread, or not see its changes.
    private func alone<T>(_ body: () throws -> T) throws -> T {
        guard !isInTransaction.isSet else {
            throw SQLError.misuse(
                "a transaction inside a transaction; use the connection of the outer one")
        }
        isInTransaction.set(true)
        defer { isInTransaction.set(false) }
        return try body()
    }
}
