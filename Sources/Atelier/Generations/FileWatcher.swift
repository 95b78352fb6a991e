import Glibc
import Threads

/// Tells threads about changes of files, through one inotify descriptor and one thread per process
/// (inotify(7); the kernel allows a user only few descriptors).
final class FileWatcher: Sendable {
    private struct State {
        var waiters: [Int32: [Waiter]] = [:]
        var directories: [Int32: [Observer]] = [:]
    }

    /// `@unchecked`: the directory's position belongs to the watcher's thread.
    private struct Observer: @unchecked Sendable {
        let directory: OpaquePointer
        let onEntry: @Sendable (String) -> Void

        /// Tells of every file that is there.
        func tellAll() {
            rewinddir(directory)
            fileNames(in: directory).forEach(onEntry)
        }
    }

    private let descriptor: Int32
    private let state = Monitor(State())

    /// The one of this process.
    static let shared = Result { try FileWatcher() }

    /// Starts the thread; it lives as long as the process.
    init() throws {
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("inotify_init1") }
        try Thread.start { [self] in
            while true { dispatchNext() }
        }
    }

    /// Calls `onEntry` with the name of each file that was written in a directory, on the watcher's
    /// thread; with any other name too, once changes have been lost.
    ///
    /// The directory stays open, so that it can be read when no more files can be opened.
    func watch(directory path: String, onEntry: @escaping @Sendable (String) -> Void)
        throws(SystemError)
    {
        guard let directory = opendir(path) else { throw SystemError("open a watched directory") }
        let observer = Observer(directory: directory, onEntry: onEntry)
        let failure = state.withLock { state -> SystemError? in
            let watch = inotify_add_watch(descriptor, path, UInt32(IN_CLOSE_WRITE))
            guard watch >= 0 else { return SystemError("inotify_add_watch") }
            state.directories[watch, default: []].append(observer)
            return nil
        }
        if let failure {
            closedir(directory)
            throw failure
        }
    }

    /// Follows the changes of one file, up to its removal and the end of its writer.
    ///
    /// Where the kernel does not tell of them, as when it has no room for one more, the waiter looks
    /// often instead.
    func follow(file path: String) -> Waiter {
        state.withLock { state in
            let changes = UInt32(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE)
            let watch = inotify_add_watch(descriptor, path, changes)
            guard watch >= 0 else { return Waiter(watch: nil) }
            let waiter = Waiter(watch: watch)
            state.waiters[watch, default: []].append(waiter)
            return waiter
        }
    }

    /// Ends what ``follow(file:)`` began.
    func stopFollowing(_ waiter: Waiter) {
        guard let watch = waiter.watch else { return }
        state.withLock { state in
            let others = state.waiters[watch, default: []].filter { $0 !== waiter }
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
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return dispatchAll() }
        let (waiters, observers) = state.withLock { state in
            (state.waiters[event.wd] ?? [], state.directories[event.wd] ?? [])
        }
        for waiter in waiters { waiter.wake() }
        guard !name.isEmpty else { return }
        for observer in observers { observer.onEntry(name) }
    }

    /// The queue was full, and any change may have been lost: as if everything had changed.
    private func dispatchAll() {
        let (waiters, observers) = state.withLock { state in
            (state.waiters.values.flatMap { $0 }, state.directories.values.flatMap { $0 })
        }
        for waiter in waiters { waiter.wake() }
        for observer in observers { observer.tellAll() }
    }
}

/// A thread's place to wait for changes of one file.
final class Waiter: Sendable {
    /// The kernel's number for it; `nil` where it tells nothing.
    fileprivate let watch: Int32?
    private let changed = Monitor(false)

    fileprivate init(watch: Int32?) {
        self.watch = watch
    }

    /// Returns at once when something changed since the last call; after some time in any case.
    ///
    /// - Returns: Whether something changed.
    @discardableResult
    func wait(upTo patience: Duration) -> Bool {
        let patience = watch == nil ? min(patience, .milliseconds(250)) : patience
        return changed.wait(upTo: patience) { changed in
            defer { changed = false }
            return changed ? true : nil
        } ?? false
    }

    fileprivate func wake() {
        changed.change { $0 = true }
    }
}
