import Glibc

/// A request to stop, made once and seen by every thread that works under it.
///
/// Give the same one to several calls to stop them together. It cannot be taken back.
public final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var nextID = 0
        var handlers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Locked(State())
    private let changed = MonotonicCondition()

    public init() {}

    /// Asks all work under this cancellation to stop. Returns at once; may be called repeatedly and
    /// from any thread.
    public func cancel() {
        state.withLock { state in
            guard !state.isCancelled else { return }
            state.isCancelled = true
            for handler in state.handlers.values { handler() }
            changed.wakeAll()
        }
    }

    public var isCancelled: Bool {
        state.withLock { $0.isCancelled }
    }

    /// Sleeps for `duration`, less when cancelled.
    ///
    /// - Returns: Whether it was cancelled.
    public func wait(for duration: Duration) -> Bool {
        let deadline = MonotonicCondition.deadline(after: duration)
        return state.withLock { state in
            while !state.isCancelled && !MonotonicCondition.hasPassed(deadline) {
                changed.wait(with: self.state, until: deadline)
            }
            return state.isCancelled
        }
    }

    /// Runs `body`; if ``cancel()`` is called meanwhile, or was before, `handler` is called once.
    ///
    /// After this returns `handler` is never called again and no call of it is still running, so it
    /// may use what `body` owns. It runs on the cancelling thread and under a lock: it must not
    /// block, nor use this cancellation.
    public func withHandler<Result, Failure: Error>(
        _ handler: @escaping @Sendable () -> Void,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let id = state.withLock { state in
            if state.isCancelled { handler() }
            state.nextID += 1
            state.handlers[state.nextID] = handler
            return state.nextID
        }
        defer { state.withLock { _ = $0.handlers.removeValue(forKey: id) } }
        return try body()
    }
}

/// A condition variable whose deadlines are on the monotonic clock: setting the wall clock neither
/// shortens nor lengthens a wait.
private final class MonotonicCondition: @unchecked Sendable {
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        condition = .allocate(capacity: 1)
        withUnsafeTemporaryAllocation(of: pthread_condattr_t.self, capacity: 1) {
            let attributes = $0.baseAddress!  // there is room for one
            pthread_condattr_init(attributes)
            pthread_condattr_setclock(attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, attributes)
            pthread_condattr_destroy(attributes)
        }
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func wakeAll() {
        pthread_cond_broadcast(condition)
    }

    func wait<Value>(with lock: Locked<Value>, until deadline: timespec) {
        lock.sleep(on: condition, until: deadline)
    }

    static func deadline(after duration: Duration) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = max(duration, .zero).components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }

    static func hasPassed(_ deadline: timespec) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return (now.tv_sec, now.tv_nsec) >= (deadline.tv_sec, deadline.tv_nsec)
    }
}
