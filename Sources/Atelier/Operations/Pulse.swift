import Threads

/// Looks at the process once a second, and tells systemd how it does.
public struct Pulse: Sendable {
    /// What a look has found.
    public struct Finding: Sendable {
        /// Numbers for people.
        let status: String
        /// Whether the process gets on with its work; if not, it gives no sign of life.
        let getsOn: Bool

        public init(status: String, getsOn: Bool) {
            self.status = status
            self.getsOn = getsOn
        }
    }

    private static let interval = Duration.seconds(1)
    private static let statusPause = Duration.seconds(2)

    private let manager: ServiceManager
    private let look: @Sendable () -> Finding

    /// - Parameter look: Called from one thread, several times in a watchdog's period.
    public init(_ manager: ServiceManager, look: @escaping @Sendable () -> Finding) {
        self.manager = manager
        self.look = look
    }

    /// Starts a thread for it, which ends with the process.
    public func start() throws {
        try Thread.start { run() }
    }

    private func run() {
        let never = Monitor(())
        let period = manager.watchdogPeriod
        let interval = period.map { min($0 / 4, Self.interval) } ?? Self.interval
        var shown: (status: String, at: ContinuousClock.Instant)?
        var lastSign: ContinuousClock.Instant?
        while true {
            let now = ContinuousClock.now
            let finding = look()
            let wasJustShown = shown.map { now - $0.at < Self.statusPause } ?? false
            if finding.status != shown?.status, !wasJustShown {
                manager.status(finding.status)
                shown = (finding.status, now)
            }
            // By the next look, half of the period would be over.
            let isDue = period.map { period in
                lastSign.map { now - $0 + interval > period / 2 } ?? true
            }
            if isDue == true, finding.getsOn {
                manager.isAlive()
                lastSign = now
            }
            _ = never.wait(upTo: interval) { _ -> Void? in nil }
        }
    }
}
