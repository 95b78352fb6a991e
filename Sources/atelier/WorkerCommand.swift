import ArgumentParser
import Atelier
import Logging

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

    func run() throws {
        try FastCGIService.prepareProcess(supervised: supervised)
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("worker", level: settings.logLevel)
        let scoreboard = Scoreboard(
            role: .worker, runDirectory: settings.runDirectory, threads: settings.threads)
        if !scoreboard.isShared {
            logger.warning(
                "the run directory cannot be used; other workers do not see this one's statistics")
        }
        let product = ProductSlot(settings: settings, scoreboard: scoreboard, logger: logger)
        try product.open()
        let watch = WorkerWatch(
            scoreboard: scoreboard, slowness: settings.slowness,
            manager: ProcessSetup.serviceManager(), isReady: { product.isOpen },
            isExcused: { product.isWaitingToWrite })
        try FastCGIService(
            name: "worker", logger: logger, threads: settings.threads,
            drainPatience: settings.drainPatience, watch: watch,
            interrupt: { product.interruptRunning() },
            reload: { ProcessSetup.reloadLogLevel(settings, logger) }
        ).run { product.respond(to: $0) }
    }
}
