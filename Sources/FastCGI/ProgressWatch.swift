/// Judges whether a server gets on, for a watchdog that ends a process which does not.
///
/// It is stuck when connections wait in the queue, look after look, while it accepts none and ends
/// no request: all threads are held and none comes free, or those that are free do not accept. A
/// server that nobody asks anything is never stuck.
public struct ProgressWatch {
    private let limit: Duration
    private var accepted = 0
    private var finished = 0
    private var stuckSince: ContinuousClock.Instant?

    /// - Parameter limit: How long it may look stuck before it counts as stuck.
    public init(limit: Duration) { self.limit = limit }

    /// Takes a look; to be called several times within the limit.
    ///
    /// - Parameter isExcused: What the requests wait for is out of this process's hands, such as a
    ///   lock that another process holds: starting anew would not help.
    public mutating func getsOn(
        _ statistics: Statistics, hasQueuedConnection: Bool, isExcused: Bool,
        at now: ContinuousClock.Instant = .now
    ) -> Bool {
        let hasMoved = statistics.accepted != accepted || statistics.finished != finished
        accepted = statistics.accepted
        finished = statistics.finished
        guard hasQueuedConnection, !hasMoved, !isExcused else {
            stuckSince = nil
            return true
        }
        let since = stuckSince ?? now
        stuckSince = since
        return now - since < limit
    }
}
