import Atelier
import FastCGI
import Threads

/// What a worker tells of itself, to the other workers and to systemd.
struct WorkerWatch: Sendable {
    let scoreboard: Scoreboard
    /// A request that takes longer is logged.
    let slowness: Duration
    let manager: ServiceManager
    /// Whether requests get more than an excuse: a restart of one worker after the other stops at one
    /// that never gets there.
    let isReady: @Sendable () -> Bool
    /// Whether what requests wait for is out of this process's hands.
    let isExcused: @Sendable () -> Bool

    /// Begins to look after a server that accepts.
    func start(_ server: Server) throws {
        let progress = Monitor(ProgressWatch(limit: manager.watchdogPeriod ?? .seconds(30)))
        let isAnnounced = Monitor(false)
        try Pulse(manager) {
            isAnnounced.withLock { isAnnounced in
                guard !isAnnounced, isReady() else { return }
                manager.ready()
                isAnnounced = true
            }
            let statistics = server.statistics
            let hasQueue = server.hasQueuedConnection
            scoreboard.beat()
            scoreboard.publish(Scoreboard.Load(statistics, hasQueue: hasQueue))
            let getsOn = progress.withLock {
                $0.getsOn(
                    statistics, hasQueuedConnection: hasQueue && !server.isDraining,
                    isExcused: isExcused())
            }
            return Pulse.Finding(status: Self.text(statistics), getsOn: getsOn)
        }.start()
    }

    private static func text(_ statistics: Statistics) -> String {
        "\(statistics.busy) busy, \(statistics.idle) idle, \(statistics.streams) streams, "
            + "\(statistics.accepted) requests"
    }
}

extension Scoreboard.Load {
    init(_ statistics: Statistics, hasQueue: Bool) {
        self.init()
        busy = statistics.busy
        idle = statistics.idle
        streams = statistics.streams
        exhausted = statistics.maximumReached
        self.hasQueue = hasQueue
    }
}
