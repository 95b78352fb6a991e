import ArgumentParser
import Atelier

/// `atelier migrate`: to be run before workers start.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database up to date, and make the first administrator.")

    @Flag(help: "Change nothing; say which schema the database has.")
    var dryRun = false

    func run() throws {
        let settings = try ProcessSetup.settings()
        let logger = ProcessSetup.logger("migrate", level: settings.logLevel)
        let installation = Installation(settings: settings, logger: logger)
        if dryRun {
            let schema = try installation.schema()
            print("schema \(schema.version), \(schema.missing) steps missing")
        } else if let made = try installation.prepare() {
            print("administrator: \(made.email)\npassword: \(made.password)\n(shown this once)")
        }
    }
}
