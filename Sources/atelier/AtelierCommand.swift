import ArgumentParser
import Atelier

/// The one program; what it does is its subcommand.
@main
struct AtelierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atelier",
        abstract: "A self-hosted AI workbench.",
        version: Version.text,
        subcommands: [
            WorkerCommand.self, JobsCommand.self, ServeCommand.self, MigrateCommand.self,
            BackupCommand.self, RestoreCommand.self, LedgerCommand.self, CheckCommand.self,
            DemoProviderCommand.self,
        ])
}
