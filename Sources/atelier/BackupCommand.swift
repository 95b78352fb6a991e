import ArgumentParser
import Atelier

/// `atelier backup`: one archive with the database and the media, while the service runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up the database and the media, and print the archive's path.",
        discussion: """
            The service may run meanwhile. The archive lies in ATELIER_BACKUPS; `tar` opens it. The \
            newest ATELIER_BACKUP_KEEP are kept.
            """,
        subcommands: [Verify.self])

    @Flag(help: "Restore it for a trial before it gets its name.")
    var verify = false

    func run() throws {
        let settings = try ProcessSetup.settings()
        let made = try Backup(settings: settings).make(
            verifying: verify, whenCopied: ProcessSetup.yieldToOthers)
        print(made)
    }

    /// `atelier backup verify`: whether a backup could be restored.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Restore a backup for a trial, and compare it with what it should be.",
            discussion: "The trial's files lie in TMPDIR, else in /var/tmp.")

        @Argument(help: "The archive; the newest when there is none.")
        var file: String?

        func run() throws {
            ProcessSetup.yieldToOthers()
            let settings = try ProcessSetup.settings()
            let archive =
                try file.map(BackupArchive.init)
                ?? BackupArchive.newest(in: settings.backupDirectory)
            let scratch = ProcessSetup.environment["TMPDIR"] ?? "/var/tmp"
            for line in try archive.verify(in: scratch) { print(line) }
        }
    }
}
