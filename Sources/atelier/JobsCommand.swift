import ArgumentParser
import Atelier
import HTTPClient
import Threads

/// `atelier jobs`: the work that belongs to no request, until SIGTERM.
struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Do the work that belongs to no request: recovery and settlement.")

    @Flag(help: "End when the starting process ends.")
    var supervised = false

    func run() throws {
        ProcessSetup.limitMemory()
        ProcessSetup.blockEndSignals()
        if supervised { ProcessSetup.dieWithParent() }
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("jobs", level: settings.logLevel)
        let end = Cancellation()
        try Thread.start {
            ProcessSetup.waitForEnd()
            end.cancel()
        }
        JobRunner(settings: settings, logger: logger).run(until: end)
    }
}
