import Glibc

/// A plain thread for blocking work in tests.
public final class JoinableThread: @unchecked Sendable {
    private var thread = pthread_t()
    private let lock = Lock()
    private var isJoined = false

    public init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        precondition(code == 0, "no thread to be had")
    }

    /// Waits for the end of the thread; not from within it.
    public func join() {
        lock.withLock {
            guard !isJoined else { return }
            isJoined = true
            pthread_join(thread, nil)
        }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// A `pthread_mutex_t`, which the thread sanitizer understands.
final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}

public func sleep(milliseconds: Int) {
    usleep(UInt32(milliseconds) * 1_000)
}
