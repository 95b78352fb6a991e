import ArgumentParser
import Atelier

/// `atelier restore FILE`: puts a backup in the place of the present state, while nobody uses it.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the present state, which is kept aside.",
        discussion: "Workers and jobs have to be stopped before.")

    @Argument(help: "The archive.")
    var file: String

    func run() throws {
        let settings = try ProcessSetup.settings()
        let outcome = try Restoration(settings: settings).restore(file)
        print("restored: \(settings.stateDirectory) is as it was in \(file)")
        print(
            "signed out: \(outcome.endedSessions) sessions have ended and all keys are new; "
                + "everybody signs in again")
        ProcessSetup.journal(
            "account.restored ended=\(outcome.endedSessions) file=\(file)", as: "atelier-restore")
        if let kept = outcome.kept { print("kept: the state before is in \(kept)") }
        if outcome.needsMigration {
            print("next: its schema is of an older version; run `atelier migrate`")
        }
    }
}
