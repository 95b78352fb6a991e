public import Logging
import Providers
import SQL
import Threads
public import Web

/// A product whose database may be out of reach: until it comes back, every request is told so.
///
/// So a worker neither ends nor is started again and again because a disk is away.
public final class ProductSlot: Sendable {
    private let settings: Settings
    private let scoreboard: Scoreboard
    private let writeQueue: WriteQueue
    private let logger: Logger
    private let product: Monitor<Product?>
    /// What is answered without the product too.
    private let operations: Application

    /// How often the database is tried again.
    private static let pause = Duration.seconds(2)

    public init(settings: Settings, scoreboard: Scoreboard, logger: Logger) {
        self.settings = settings
        self.scoreboard = scoreboard
        writeQueue = scoreboard.writeQueue()
        self.logger = logger
        let product = Monitor<Product?>(nil)
        self.product = product
        let providers: @Sendable () -> [ProviderStatus] = {
            product.withLock { $0 }?.providers ?? []
        }
        var router = Router()
        OperationsRoutes(settings: settings, scoreboard: scoreboard, providers: providers)
            .add(to: &router)
        router.prefix = "/api/v1"
        HealthRoutes(
            settings: settings, scoreboard: scoreboard, database: nil, providers: providers,
            logger: logger
        ).add(to: &router)
        operations = Application(router, logger: logger)
    }

    /// Whether requests wait to write to the database.
    public var isWaitingToWrite: Bool { writeQueue.isWaitedIn }

    /// Opens the product; when its database is out of reach, goes on trying in the background.
    ///
    /// - Throws: What trying again cannot mend, such as a schema of another version.
    public func open() throws {
        do {
            try tryToOpen()
        } catch let error as SQLError where StorageProblem(error) != nil {
            logger.critical(
                "the database cannot be opened; every request is answered 503 until it can",
                metadata: ["path": "\(settings.databasePath)", "cause": "\(error)"])
            try Thread.start { [self] in keepTrying() }
        }
    }

    /// Whether the database is open.
    public var isOpen: Bool { product.withLock { $0 != nil } }

    /// Answers a request.
    public func respond(to request: Request) -> Response {
        if OperationsRoutes.paths.contains(request.path) {
            return operations.respond(to: request)
        }
        if let product = product.withLock({ $0 }) { return product.respond(to: request) }
        if request.path.hasPrefix("/api/v1/health") { return operations.respond(to: request) }
        return StorageProblem.unavailable().response(requestID: request.id)
    }

    /// Ends what still runs, with every word so far; for a process that has to end.
    public func interruptRunning() {
        product.withLock { $0 }?.interruptRunning()
    }

    private func tryToOpen() throws {
        let opened = try Product(
            settings: settings, scoreboard: scoreboard, writeQueue: writeQueue, logger: logger)
        product.withLock { $0 = opened }
    }

    private func keepTrying() {
        let never = Monitor(())
        while true {
            _ = never.wait(upTo: Self.pause) { _ -> Void? in nil }
            guard (try? tryToOpen()) == nil else { break }
        }
        logger.notice("the database can be used again")
    }
}
