import Glibc
import Threads

/// Tells threads about changes of files, through one inotify descriptor and one thread per process
/// (inotify(7); the kernel allows a user only few descriptors).
final class FileWatcher: Sendable {
    private struct State {
        var waiters: [Int32: [Waiter]] = [:]
        var directories: [Int32: [@Sendable (String) -> Void]] = [:]
    }

    private let descriptor: Int32
    private let state = Monitor(State())

    /// The one of this process.
    static let shared = Result { try FileWatcher() }

    /// Starts the thread; it lives as long as the process.
    private init() throws {
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("inotify_init1") }
        try Thread.start { [self] in
            while true { dispatchNext() }
        }
    }

    /// Calls `onEntry` with the name of each file that appears in a directory, on the watcher's thread.
    func watch(directory path: String, onEntry: @escaping @Sendable (String) -> Void)
        throws(SystemError)
    {
        let failure = state.withLock { state -> SystemError? in
            let watch = inotify_add_watch(descriptor, path, UInt32(IN_CREATE))
            guard watch >= 0 else { return SystemError("inotify_add_watch") }
            state.directories[watch, default: []].append(onEntry)
            return nil
        }
        if let failure { throw failure }
    }

    /// Follows the changes of one file.
    ///
    /// - Returns: `nil` when the file is not there (any more).
    func follow(file path: String) -> Waiter? {
        state.withLock { state in
            let watch = inotify_add_watch(descriptor, path, UInt32(IN_MODIFY | IN_ATTRIB))
            guard watch >= 0 else { return nil }
            let waiter = Waiter()
            state.waiters[watch, default: []].append(waiter)
            return waiter
        }
    }

    /// Ends what ``follow(file:)`` began.
    func stopFollowing(_ waiter: Waiter) {
        state.withLock { state in
            guard
                let (watch, waiters) = state.waiters.first(where: { entry in
                    entry.value.contains { $0 === waiter }
                })
            else { return }
            let others = waiters.filter { $0 !== waiter }
            state.waiters[watch] = others.isEmpty ? nil : others
            if others.isEmpty { inotify_rm_watch(descriptor, watch) }
        }
    }

    private func dispatchNext() {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return }
        buffer.withUnsafeBytes { bytes in
            var offset = 0
            while offset < count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let name = UnsafeRawBufferPointer(
                    rebasing: bytes[(offset + 16)...].prefix(Int(event.len)))
                dispatch(event, name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
                offset += 16 + Int(event.len)
            }
        }
    }

    private func dispatch(_ event: inotify_event, name: String) {
        let (waiters, observers) = state.withLock { state in
            (state.waiters[event.wd] ?? [], state.directories[event.wd] ?? [])
        }
        for waiter in waiters { waiter.wake() }
        for observer in observers { observer(name) }
    }
}

/// A thread's place to wait for changes of one file.
final class Waiter: Sendable {
    private let changed = Monitor(false)

    /// Returns at once when something changed since the last call.
    ///
    /// - Returns: `false` when nothing changed in that time.
    func wait(upTo patience: Duration) -> Bool {
        changed.wait(upTo: patience) { changed in
            defer { changed = false }
            return changed ? true : nil
        } ?? false
    }

    fileprivate func wake() {
        changed.change { $0 = true }
    }
}
