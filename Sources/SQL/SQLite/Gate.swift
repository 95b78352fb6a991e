internal import Glibc

/// The lock that lets one writer at a time into a database, over all processes.
///
/// SQLite before 3.51.3 can lose pages when a checkpoint races with a commit (sqlite.org/wal.html,
/// "The WAL-Reset Bug"). With every write and every checkpoint behind one lock they cannot race,
/// and waiting for it is fairer than SQLite's own retries.
///
/// An exclusive `flock` on a file beside the database. The kernel drops it when the process ends,
/// however it ends. Not `Sendable`: one thread at a time uses it.
final class Gate {
    private let database: String
    private let path: String
    private var descriptor: Int32
    private var turn = Turn()

    /// How often, and until when, who has queued may come again past the queue.
    private struct Turn {
        var entries = 0
        var end = ContinuousClock.now

        static func new() -> Turn {
            Turn(entries: 16, end: .now + .milliseconds(10))
        }
    }

    /// Opens the file, and creates it with the owner and mode of the database.
    init(beside database: String) throws(SQLError) {
        self.database = database
        path = database + "-gate"
        descriptor = try Self.open(path, like: database)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Waits until no other process is inside, for as long as that takes: of each process one
    /// thread waits here, and the others wait for that one, up to the busy timeout.
    ///
    /// - Throws: ``SQLError`` when the file cannot be locked.
    func lock() throws(SQLError) {
        while true {
            try acquire()
            guard !isInPlace else { return }
            // Somebody removed the file: the others will meet at a new one.
            close(descriptor)
            descriptor = -1
            descriptor = try Self.open(path, like: database)
        }
    }

    /// Takes the lock if it is free.
    func tryLock() -> Bool {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Through the queue, so that nobody comes in again and again before those who wait.
    ///
    /// To queue for each transaction would cost a switch of processes each time, which on a busy
    /// machine takes longer than the transaction: hence a ``Turn``.
    private func acquire() throws(SQLError) {
        if descriptor < 0 { descriptor = try Self.open(path, like: database) }
        if turn.entries > 0, .now < turn.end, tryLock() {
            turn.entries -= 1
            return
        }
        try retry { setQueueLock(F_WRLCK) }
        defer { _ = setQueueLock(F_UNLCK) }
        try retry { flock(descriptor, LOCK_EX) }
        turn = .new()
    }

    /// The queue is a record lock on the same file, which is independent of its `flock`; who holds
    /// it is next. Owned by the descriptor, not the process: "Open file description locks" in
    /// fcntl(2).
    private func setQueueLock(_ type: Int32) -> Int32 {
        var range = flock()
        range.l_type = Int16(type)
        range.l_whence = Int16(SEEK_SET)
        return fcntl(descriptor, Self.setLockAndWait, &range)
    }

    /// `F_OFD_SETLKW` of <fcntl.h>, which Swift does not import.
    private static let setLockAndWait: Int32 = 38

    private func retry(_ call: () -> Int32) throws(SQLError) {
        while call() != 0 {
            guard errno == EINTR else { throw SQLError(systemError: errno, path) }
        }
    }

    private var isInPlace: Bool {
        var mine = stat()
        var named = stat()
        return fstat(descriptor, &mine) == 0 && stat(path, &named) == 0
            && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
    }

    /// Closed on exec, so that no child process keeps the gate shut.
    private static func open(_ path: String, like database: String) throws(SQLError) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        var owner = stat()
        guard stat(database, &owner) == 0 else { throw SQLError(systemError: errno, database) }
        let descriptor = Glibc.open(path, flags, owner.st_mode & 0o666)
        guard descriptor >= 0 else { throw SQLError(systemError: errno, path) }
        // As SQLite does with its log: who may open the database may open this, even where root
        // or a narrow umask was first. Refused where the file is another user's, who did this.
        _ = fchmod(descriptor, owner.st_mode & 0o666)
        if geteuid() == 0 { _ = fchown(descriptor, owner.st_uid, owner.st_gid) }
        return descriptor
    }
}
