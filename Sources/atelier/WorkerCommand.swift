import ArgumentParser
import Atelier

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
        let product = ProductSlot(settings: settings, logger: logger)
        try product.open()
        try FastCGIService(
            name: "worker", logger: logger, threads: settings.threads,
            drainPatience: settings.drainPatience, interrupt: { product.interruptRunning() }
        ).run { product.respond(to: $0) }
    }
}
