package import Glibc

/// A value that only one thread at a time can reach.
///
/// A plain `pthread_mutex_t`: the standard library's `Mutex` waits on a futex of its own, which the
/// thread sanitizer cannot see and reports as races.
package final class Locked<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Sleeps until another thread signals `condition` or `deadline` has passed. Call it within
    /// ``withLock(_:)`` only: it gives the lock up while it sleeps. It may also wake for no reason.
    ///
    /// - Parameter deadline: On the clock the condition was made with.
    package func sleep(on condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: timespec)
    {
        var deadline = deadline
        pthread_cond_timedwait(condition, mutex, &deadline)
    }
}
