internal import Glibc

/// State that one thread at a time can reach, with a way to wait for it to change.
///
/// Plain `pthread` locks: the standard library's `Mutex` waits on a futex of its own, which the thread
/// sanitizer cannot see and reports as races.
///
/// `@unchecked`: the lock is what makes it safe.
public final class Monitor<State>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        // On the monotonic clock, so that setting the wall clock neither shortens nor lengthens a wait.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the state; wakes nobody.
    public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Who is woken by a change.
    public enum Wake: Sendable {
        /// One of those who wait: enough where a change helps any of them, but only one.
        case one
        case all
    }

    /// Changes the state, and wakes threads that wait for it.
    @discardableResult
    public func change<Result, Failure: Error>(
        waking wake: Wake = .all, _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_mutex_unlock(mutex)
            switch wake {
            case .one: pthread_cond_signal(changed)
            case .all: pthread_cond_broadcast(changed)
            }
        }
        return try body(&state)
    }

    /// Tries again after every change, until there is a result.
    ///
    /// - Returns: `nil` when the limit has passed without one.
    public func wait<Result>(
        upTo limit: Duration, for attempt: (inout State) -> Result?
    ) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let result = attempt(&state) { return result }
        var deadline = Self.deadline(after: limit)
        while true {
            let code = pthread_cond_timedwait(changed, mutex, &deadline)
            if let result = attempt(&state) { return result }
            if code == ETIMEDOUT { return nil }
        }
    }

    private static func deadline(after limit: Duration) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = max(limit, .zero).components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        return timespec(
            tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000,
            tv_nsec: nanoseconds % 1_000_000_000)
    }
}
