import ArgumentParser
import Atelier

/// `atelier migrate`: to be run before workers start.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database up to date, and make the first administrator.")

    func run() throws {
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("migrate", level: settings.logLevel)
        if let made = try Installation(settings: settings, logger: logger).prepare() {
            print("administrator: \(made.email)\npassword: \(made.password)\n(shown this once)")
        }
    }
}
