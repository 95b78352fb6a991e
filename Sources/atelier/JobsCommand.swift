import ArgumentParser
import Atelier
import HTTPClient
import SQL
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
        ProcessSetup.blockSignals()
        if supervised { ProcessSetup.dieWithParent() }
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("jobs", level: settings.logLevel)
        let manager = ProcessSetup.serviceManager()
        let end = Cancellation()
        try Thread.start {
            ProcessSetup.waitForEnd { ProcessSetup.reloadLogLevel(settings, logger) }
            manager.stopping()
            end.cancel()
        }
        let scoreboard = Scoreboard(role: .jobs, runDirectory: settings.runDirectory)
        let runner = JobRunner(settings: settings, scoreboard: scoreboard, logger: logger)
        manager.ready()
        try Pulse(manager) {
            let silence = Duration.milliseconds(UnixTime.milliseconds - scoreboard.beatMs)
            let isWaiting = runner.isWaitingToWrite
            let getsOn = isWaiting || manager.watchdogPeriod.map { silence < $0 } ?? true
            return Pulse.Finding(
                status: isWaiting ? "Waiting for the database" : "Working", getsOn: getsOn)
        }.start()
        runner.run(until: end)
    }
}
