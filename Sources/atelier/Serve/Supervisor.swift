import Glibc
import Logging

/// Keeps a set of child processes running until it is told to stop, and then stops all of them.
///
/// Everything happens on the calling thread, which has `SIGCHLD`, `SIGTERM` and `SIGINT` blocked and
/// takes them one at a time.
struct Supervisor {
    /// A child to keep running.
    struct Service {
        let name: String
        /// What asks it to finish.
        let stopSignal: Int32
        let start: () throws -> ChildProcess
    }

    private struct Running {
        let service: Service
        let child: ChildProcess
        let since: ContinuousClock.Instant
    }

    /// How long children may take to finish after the stop signal.
    private let stopPatience: Duration
    /// A child that lived shorter than this is not started again at once.
    private static let shortLife = Duration.seconds(2)

    private let logger: Logger
    private let clock = ContinuousClock()
    private var running: [Running] = []
    private var waiting: [(service: Service, until: ContinuousClock.Instant)] = []

    init(logger: Logger, stopPatience: Duration) {
        self.logger = logger
        self.stopPatience = stopPatience
        Self.blockSignals()
    }

    /// Blocks what the supervisor waits for; before the first child and the first thread.
    private static func blockSignals() {
        var signals = waitedSignals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private static var waitedSignals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
        return signals
    }

    mutating func start(_ service: Service) throws {
        let child = try service.start()
        running.append(Running(service: service, child: child, since: clock.now))
    }

    /// Supervises until a signal asks to stop; then stops every child, the newest first.
    ///
    /// - Parameter ready: Called again and again, about ten times a second, until it returns `true`.
    mutating func run(untilReady ready: () -> Bool) {
        var isReady = false
        while true {
            switch nextSignal(within: isReady && waiting.isEmpty ? nil : .milliseconds(100)) {
            case SIGTERM, SIGINT, SIGHUP:
                return stop()
            default:
                reap()
                restartDue()
                if !isReady { isReady = ready() }
            }
        }
    }

    mutating func stop() {
        for process in running.reversed() { process.child.signal(process.service.stopSignal) }
        waiting = []
        let deadline = clock.now + stopPatience
        while !running.isEmpty && clock.now < deadline {
            _ = nextSignal(within: .milliseconds(50))
            reap(restarting: false)
        }
        for process in running {
            logger.warning("\(process.service.name) did not stop in time and was killed")
            process.child.signal(SIGKILL)
            waitpid(process.child.id, nil, 0)
        }
        running = []
    }

    private mutating func reap(restarting: Bool = true) {
        var status: Int32 = 0
        while true {
            let id = waitpid(-1, &status, WNOHANG)
            guard id > 0 else { return }
            guard let index = running.firstIndex(where: { $0.child.id == id }) else { continue }
            let ended = running.remove(at: index)
            // What a killed nginx leaves behind would keep its port and its socket.
            ended.child.killGroup()
            guard restarting else { continue }
            logger.error(
                "\(ended.service.name) (process \(id)) ended unexpectedly; it is started again",
                metadata: ["status": "\(ChildProcess.exitStatus(ofWait: status))"])
            let pause = clock.now - ended.since < Self.shortLife ? Duration.seconds(1) : .zero
            waiting.append((ended.service, clock.now + pause))
        }
    }

    private mutating func restartDue() {
        let now = clock.now
        let due = waiting.filter { $0.until <= now }
        waiting.removeAll { $0.until <= now }
        for entry in due {
            do {
                try start(entry.service)
            } catch {
                logger.error("\(entry.service.name): \(error)")
                waiting.append((entry.service, clock.now + .seconds(1)))
            }
        }
    }

    /// The next signal, or `nil` when none came in time.
    private func nextSignal(within patience: Duration?) -> Int32? {
        var signals = Self.waitedSignals
        guard let patience else {
            var number: Int32 = 0
            return sigwait(&signals, &number) == 0 ? number : nil
        }
        let (seconds, attoseconds) = patience.components
        var timeout = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        let number = sigtimedwait(&signals, nil, &timeout)
        return number > 0 ? number : nil
    }
}
