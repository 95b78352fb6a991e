import Atelier
import FastCGI
import Threads

/// What a worker tells of itself, to the other workers and to systemd.
struct WorkerWatch: Sendable {
    let scoreboard: Scoreboard
    /// A request that takes longer is logged.
    let slowness: Duration
    let manager: ServiceManager
    /// Whether what requests wait for is out of this process's hands.
    let isExcused: @Sendable () -> Bool

    /// Begins to look after a server that accepts.
    func start(_ server: Server) throws {
        let progress = Monitor(ProgressWatch(limit: manager.watchdogPeriod ?? .seconds(30)))
        manager.ready()
        try Pulse(manager) {
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
