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
    /// Asks what still runs then to come to its end.
    var interrupt: @Sendable () -> Void = {}

    /// How long that may take before the connections are cut.
    private static let interruptPatience = Duration.seconds(5)

    /// What has to be done before a process starts its first thread.
    static func prepareProcess(supervised: Bool) throws {
        ProcessSetup.limitMemory()
        ProcessSetup.raiseDescriptorLimit()
        ProcessSetup.blockEndSignals()
        if supervised { ProcessSetup.dieWithParent() }
        try Server.initializeLibrary()
    }

    /// Returns when the last request has been answered.
    func run(_ respond: @escaping @Sendable (Request) -> Response) throws {
        var limits = Limits()
        limits.maximumThreads = threads
        let adapter = FastCGIAdapter(logger: logger, respond: respond)
        let server = try Server(socket: ProcessSetup.inheritedSocket(), limits: limits) {
            exchange in
            try adapter.handle(exchange)
        }
        try drainAtEnd(server)
        logger.info("\(name) ready", metadata: ["pid": "\(getpid())"])
        try server.run()
        logger.info("\(name) drained", metadata: ["pid": "\(getpid())"])
    }

    private func drainAtEnd(_ server: Server) throws {
        try Thread.start {
            ProcessSetup.waitForEnd()
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
