internal import Glibc
internal import Threads

/// Brings the write-ahead log to the disk, so that what is committed survives a power cut.
///
/// SQLite does this inside COMMIT, where everybody else has to wait for the disk (`synchronous=FULL`).
/// Here it comes after the gate has opened again, and once for all threads that wait for it.
///
/// A log that was begun anew meanwhile is no loss: the checkpoint before has synced the old one and
/// the database.
///
/// After a failure the kernel takes what it could not write for written: the next sync succeeds, with
/// a hole in the log that would cut off all behind it (fsync(2); "fsyncgate"). So a failure stays, in
/// every process, until a checkpoint has moved the whole log into the database.
final class LogSync: Sendable {
    /// Syncs run one after the other.
    private struct State {
        var begun = 0
        /// The last that succeeded.
        var succeeded = 0
        var isRunning = false
        /// Why nothing can be acknowledged.
        var failure: SQLError?
        /// Kept open: the kernel tells of a failure once to each who had the file open by then.
        var descriptor: Int32 = -1
    }

    private let path: String
    /// Is there while the log is not proven, for processes that start then.
    private let markPath: String
    private let state: Monitor<State>

    init(database: String) {
        path = database + "-wal"
        markPath = database + "-unsynced"
        var state = State()
        state.descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if access(markPath, F_OK) == 0 {
            state.failure = SQLError(
                kind: .io, code: 0, message: "\(path): a sync has failed before", sql: nil)
        }
        self.state = Monitor(state)
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// What stands in the way of every ``sync()`` until ``proven()``.
    var failure: SQLError? { state.withLock { $0.failure } }

    /// To be called when the whole log is in the database, and that on the disk.
    func proven() {
        state.change { state in
            unlink(markPath)
            state.failure = nil
        }
    }

    /// Returns when all that was committed before is on the disk.
    ///
    /// - Throws: ``SQLError`` when the disk fails, or has failed before; the transactions are committed
    ///   all the same.
    func sync() throws(SQLError) {
        let needed = state.withLock { $0.begun + 1 }
        while try !isDone(needed) {
            let result = Result { () throws(SQLError) in try syncFile() }
            state.change { state in
                state.isRunning = false
                switch result {
                case .success: state.succeeded = state.begun
                case .failure(let error): note(error, in: &state)
                }
            }
            try result.get()
        }
    }

    private func note(_ error: SQLError, in state: inout State) {
        state.failure = error
        let mark = open(markPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if mark >= 0 { close(mark) }
    }

    /// Waits for another thread's sync, if that will do.
    ///
    /// - Returns: False when the caller has to do it.
    private func isDone(_ needed: Int) throws(SQLError) -> Bool {
        while true {
            let answer = state.wait(upTo: .seconds(60)) { state -> Result<Bool, SQLError>? in
                if state.succeeded >= needed { return .success(true) }
                if let failure = state.failure { return .failure(failure) }
                guard !state.isRunning else { return nil }
                state.isRunning = true
                state.begun += 1
                return .success(false)
            }
            if let answer { return try answer.get() }
        }
    }

    /// SQLite's locks are on other files: to open and close this one drops none of them.
    private func syncFile() throws(SQLError) {
        let descriptor = try openFile()
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw SQLError(systemError: errno, path) }
        }
    }

    /// Opened anew where SQLite has removed the log.
    private func openFile() throws(SQLError) -> Int32 {
        let known = state.withLock { $0.descriptor }
        var status = stat()
        if known >= 0, fstat(known, &status) == 0, status.st_nlink > 0 { return known }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLError(systemError: errno, path) }
        state.withLock { $0.descriptor = descriptor }
        if known >= 0 { close(known) }
        return descriptor
    }
}
