public import HTTPClient
public import Logging
import Providers
import SQL

/// The work that belongs to no request: ends generations whose runner has died, and asks providers for
/// the cost of what broke off.
///
/// Several may run at once, in as many processes: each piece of work is done by one of them.
public struct JobRunner: Sendable {
    private let settings: Settings
    private let logger: Logger

    private static let pause = Duration.seconds(1)
    /// After a failure.
    private static let longPause = Duration.seconds(5)

    public init(settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Works until cancelled; what fails is logged and tried again.
    public func run(until cancellation: Cancellation) {
        var work: Work?
        while !cancellation.isCancelled {
            do {
                let current = try work ?? Work(settings: settings, logger: logger)
                work = current
                try current.generations.recoverAbandoned()
                try current.inquirer.askDue(cancellation: cancellation)
                _ = cancellation.wait(for: Self.pause)
            } catch {
                logger.error("a job failed and is tried again", metadata: ["cause": "\(error)"])
                _ = cancellation.wait(for: Self.longPause)
            }
        }
    }

    private struct Work {
        let generations: GenerationService
        let inquirer: CostInquirer

        init(settings: Settings, logger: Logger) throws {
            let database = try Product.openDatabase(settings)
            let ledger = Ledger(database: database)
            let store = GenerationStore(database: database)
            let chat = ChatClient(HTTPClient())
            generations = try GenerationService(
                store: store, ledger: ledger, content: MessageStore(database: database),
                runDirectory: settings.runDirectory, chat: chat, retryPolicy: RetryPolicy(),
                logger: logger)
            inquirer = CostInquirer(
                ledger: ledger, generations: store, providers: settings.providers, chat: chat,
                logger: logger)
        }
    }
}
