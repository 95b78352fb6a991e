import ArgumentParser
import Atelier
import FastCGI
import Glibc
import Logging
import Threads

/// `atelier worker`: answers requests from the socket it was started with, until SIGTERM.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Answer requests from an inherited FastCGI socket.",
        discussion: """
            The listening socket comes from systemd (LISTEN_FDS) or as standard input. SIGTERM lets \
            running requests finish and then ends the process.
            """)

    @Flag(help: "End when the starting process ends.")
    var supervised = false

    /// How long a drain waits for running requests before their connections are cut.
    private static let drainPatience = Duration.seconds(25)

    func run() throws {
        ProcessSetup.limitMemory()
        ProcessSetup.blockEndSignals()
        if supervised { ProcessSetup.dieWithParent() }
        try Server.initializeLibrary()
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("worker", level: settings.logLevel)

        let product = ProductSlot(settings: settings, logger: logger)
        try product.open()
        var limits = Limits()
        limits.maximumThreads = settings.threads
        let adapter = FastCGIAdapter { product.respond(to: $0) }
        let server = try Server(socket: ProcessSetup.inheritedSocket(), limits: limits) { exchange in
            try adapter.handle(exchange)
        }
        try drainAtEnd(server, logger)
        logger.info("worker ready", metadata: ["pid": "\(getpid())"])
        try server.run()
        logger.info("worker drained", metadata: ["pid": "\(getpid())"])
    }

    private func drainAtEnd(_ server: Server, _ logger: Logger) throws {
        try Thread.start {
            ProcessSetup.waitForEnd()
            server.drain()
            sleep(UInt32(Self.drainPatience.components.seconds))
            logger.warning("requests still run at the end of the drain; their connections are cut")
            server.abortRemaining()
        }
    }
}
