internal import Glibc
internal import Threads

/// Brings the write-ahead log to the disk, so that what is committed survives a power cut.
///
/// SQLite does this inside COMMIT, where everybody else has to wait for the disk (`synchronous=FULL`).
/// Here it comes after the gate has opened again, and once for all threads that wait for it.
///
/// A log that was begun anew meanwhile is no loss: the checkpoint before has synced the old one and
/// the database.
final class LogSync: Sendable {
    /// Syncs run one after the other.
    private struct State {
        var begun = 0
        /// The last that succeeded.
        var succeeded = 0
        var isRunning = false
    }

    private let path: String
    private let state = Monitor(State())

    init(database: String) {
        path = database + "-wal"
    }

    /// Returns when all that was committed before is on the disk.
    ///
    /// - Throws: ``SQLError`` when the disk fails; the transactions are committed all the same.
    func sync() throws(SQLError) {
        let needed = state.withLock { $0.begun + 1 }
        while !isDone(needed) {
            let result = Result { () throws(SQLError) in try syncFile() }
            state.change { state in
                state.isRunning = false
                if case .success = result { state.succeeded = state.begun }
            }
            try result.get()
        }
    }

    /// Waits for another thread's sync, if that will do.
    ///
    /// - Returns: False when the caller has to do it.
    private func isDone(_ needed: Int) -> Bool {
        while true {
            let isDone = state.wait(upTo: .seconds(60)) { state -> Bool? in
                if state.succeeded >= needed { return true }
                guard !state.isRunning else { return nil }
                state.isRunning = true
                state.begun += 1
                return false
            }
            if let isDone { return isDone }
        }
    }

    /// SQLite's locks are on other files: to open and close this one drops none of them.
    private func syncFile() throws(SQLError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLError(systemError: errno, path) }
        defer { close(descriptor) }
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw SQLError(systemError: errno, path) }
        }
    }
}
