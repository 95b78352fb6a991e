public import HTTPClient
public import Logging
import Providers
import SQL
import Threads

/// The work that belongs to no request: ends generations whose runner has died, asks providers for
/// the cost of what broke off, and removes what was deleted long ago.
///
/// Several may run at once, in as many processes: each piece of work is done by one of them.
public struct JobRunner: Sendable {
    private let settings: Settings
    private let scoreboard: Scoreboard
    private let writeQueue: WriteQueue
    private let logger: Logger

    private static let pause = Duration.seconds(1)
    /// After a failure.
    private static let longPause = Duration.seconds(5)

    /// - Parameter scoreboard: Its beat is that of the work.
    public init(settings: Settings, scoreboard: Scoreboard, logger: Logger) {
        self.settings = settings
        self.scoreboard = scoreboard
        writeQueue = scoreboard.writeQueue()
        self.logger = logger
    }

    /// Whether the work waits to write to the database.
    public var isWaitingToWrite: Bool { writeQueue.isWaitedIn }

    /// Works until cancelled; what fails is logged and tried again.
    public func run(until cancellation: Cancellation) {
        var beside: Threads.Thread?
        var work: Work?
        while !cancellation.isCancelled {
            scoreboard.beat()
            attempt(until: cancellation) {
                let current = try work ?? newWork()
                work = current
                // Providers may take long to answer, and nobody's words are to wait for that.
                beside =
                    try beside
                    ?? Thread.start { [self] in doWhatMayWait(of: current, until: cancellation) }
                try current.generations.recoverAbandoned()
            }
        }
        beside?.join()
    }

    private func doWhatMayWait(of work: Work, until cancellation: Cancellation) {
        while !cancellation.isCancelled {
            attempt(until: cancellation) { try work.inquirer.askDue(cancellation: cancellation) }
            attempt(until: cancellation) {
                try work.conversations.tidy(now: UnixTime.milliseconds)
                try work.accounts.finishRemovals()
                while try !cancellation.isCancelled && work.oldEntries.adoptEnded() > 0 {}
            }
        }
    }

    /// Does a piece of work, and pauses.
    private func attempt(until cancellation: Cancellation, _ piece: () throws -> Void) {
        do {
            try piece()
            _ = cancellation.wait(for: Self.pause)
        } catch {
            logger.error("a job failed and is tried again", metadata: ["cause": "\(error)"])
            _ = cancellation.wait(for: Self.longPause)
        }
    }

    private func newWork() throws -> Work {
        try Work(
            settings: settings, scoreboard: scoreboard, writeQueue: writeQueue, logger: logger)
    }

    private struct Work {
        let generations: GenerationService
        let oldEntries: OldEntries
        let inquirer: CostInquirer
        let conversations: ConversationStore
        let accounts: AccountStore

        init(
            settings: Settings, scoreboard: Scoreboard, writeQueue: WriteQueue, logger: Logger
        ) throws {
            let database = try Product.openDatabase(settings, writeQueue)
            conversations = ConversationStore(database: database)
            accounts = AccountStore(database: database)
            let ledger = Ledger(database: database)
            oldEntries = OldEntries(ledger: ledger)
            let store = GenerationStore(database: database)
            let chat = ChatClient(HTTPClient())
            generations = try GenerationService(
                store: store, ledger: ledger, content: MessageStore(database: database),
                settings: settings, chat: chat, retryPolicy: RetryPolicy(),
                scoreboard: scoreboard, logger: logger)
            inquirer = CostInquirer(
                ledger: ledger, generations: store, providers: settings.providers, chat: chat,
                scoreboard: scoreboard, logger: logger)
        }
    }
}
