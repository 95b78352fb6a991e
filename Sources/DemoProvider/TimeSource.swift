import Glibc

/// The clock a provider lives by; tests run on one that is moved by sleeping alone.
struct TimeSource: Sendable {
    let now: @Sendable () -> ContinuousClock.Instant
    /// Blocks the thread; may return early.
    let sleep: @Sendable (Duration) -> Void

    static let system = TimeSource(
        now: { ContinuousClock.now },
        sleep: { duration in
            let (seconds, attoseconds) = duration.components
            var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            nanosleep(&time, nil)
        })
}
