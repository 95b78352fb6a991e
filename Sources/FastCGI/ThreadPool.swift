/// The books of a server's threads: who idles, who may start, who should end.
///
/// A thread is idle from its start, or from the end of its last request, until it has accepted a
/// connection.
struct ThreadPool {
    let limits: Limits
    var statistics = Statistics()
    private var isDraining = false
    private var lastStartFailed = false
    private var connections: [ObjectIdentifier: Connection] = [:]

    init(limits: Limits) { self.limits = limits }

    // MARK: Growing and shrinking

    /// Counts one more thread in, if one is wanted and allowed.
    mutating func admitThread() -> Bool {
        let isWanted = statistics.idle < limits.minimumIdleThreads && !isDraining
        guard isWanted, statistics.threads < limits.maximumThreads else { return false }
        statistics.idle += 1
        return true
    }

    /// The thread just admitted could not be started.
    mutating func threadDidNotStart() {
        statistics.idle -= 1
        statistics.exhausted += 1
        lastStartFailed = true
    }

    /// The connection a thread has just been started for; from now on it can be aborted.
    mutating func threadDidStart(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
        lastStartFailed = false
    }

    /// An idle thread ends. True for the last one.
    mutating func threadDidEnd(_ connection: Connection) -> Bool {
        connections[ObjectIdentifier(connection)] = nil
        statistics.idle -= 1
        return statistics.threads == 0
    }

    // MARK: Requests

    mutating func threadDidAccept() {
        statistics.idle -= 1
        statistics.busy += 1
        statistics.accepted += 1
        if statistics.busy == limits.maximumThreads { statistics.maximumReached += 1 }
    }

    /// True if the thread, idle again, should accept another connection; else it should end.
    mutating func threadDidFinish(heldStream: Bool) -> Bool {
        if heldStream { statistics.streams -= 1 }
        statistics.busy -= 1
        statistics.idle += 1
        return statistics.idle <= limits.maximumIdleThreads
    }

    /// One more stream, if enough threads remain for short requests; where the system allows
    /// fewer threads than the limits do, among those there are.
    mutating func claimStream() -> Bool {
        let ceiling = lastStartFailed ? statistics.threads : limits.maximumThreads
        guard statistics.streams < ceiling - limits.reservedThreads else { return false }
        statistics.streams += 1
        return true
    }

    // MARK: Ending

    /// No thread is admitted any more. True if there is none left to wait for.
    mutating func drain() -> Bool {
        isDraining = true
        return statistics.threads == 0
    }

    /// All that may have a request; those without one take no harm.
    var abortable: [Connection] { Array(connections.values) }
}
