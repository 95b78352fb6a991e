import Atelier
import FastCGI
import Glibc
import HTTPClient
import Logging
import Threads
import Web

/// Serves an application on the inherited socket until SIGTERM, and lets running requests finish.
struct FastCGIService {
    let name: String
    let logger: Logger
    let threads: Int
    /// How long a drain waits for running requests.
    let drainPatience: Duration
    var watch: WorkerWatch?
    /// Asks what still runs then to come to its end.
    var interrupt: @Sendable () -> Void = {}
    /// Called for each SIGHUP.
    var reload: @Sendable () -> Void = {}

    /// How long that may take before the connections are cut.
    private static let interruptPatience = Duration.seconds(5)

    /// What has to be done before a process starts its first thread.
    static func prepareProcess(supervised: Bool) throws {
        ProcessSetup.limitMemory()
        ProcessSetup.raiseDescriptorLimit()
        ProcessSetup.blockSignals()
        if supervised { ProcessSetup.dieWithParent() }
        try Server.initializeLibrary()
    }

    /// Returns when the last request has been answered.
    func run(_ respond: @escaping @Sendable (Request) -> Response) throws {
        var limits = Limits()
        limits.maximumThreads = threads
        let adapter = FastCGIAdapter(logger: logger, watch: watch, respond: respond)
        let server = try Server(socket: ProcessSetup.inheritedSocket(), limits: limits) {
            exchange in
            try adapter.handle(exchange)
        }
        try drainAtEnd(server)
        try server.run {
            logger.info("\(name) ready", metadata: ["pid": "\(getpid())"])
            do { try watch?.start(server) } catch {
                logger.error("no thread for the watch", metadata: ["cause": "\(error)"])
            }
        }
        logger.info("\(name) drained", metadata: ["pid": "\(getpid())"])
    }

    private func drainAtEnd(_ server: Server) throws {
        try Thread.start {
            ProcessSetup.waitForEnd(onReload: reload)
            watch?.manager.stopping()
            server.drain()
            let never = Cancellation()
            _ = never.wait(for: drainPatience)
            logger.notice("requests still run at the end of the drain; they are interrupted")
            interrupt()
            _ = never.wait(for: Self.interruptPatience)
            logger.warning("requests still run; their connections are cut")
            server.abortRemaining()
        }
    }
}
