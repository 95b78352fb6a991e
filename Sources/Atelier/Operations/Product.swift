import HTTPClient
public import Logging
import Providers
public import SQL
public import Web

/// The product put together for one worker process.
public struct Product: Sendable {
    private let application: Application
    private let catalogue: ModelCatalogue
    let generations: GenerationService

    /// Opens the database and builds every feature on it; starts to fetch the lists of models.
    ///
    /// - Throws: ``SQLError`` when the database cannot be used, or its schema is not this program's.
    public init(
        settings: Settings, scoreboard: Scoreboard, writeQueue: WriteQueue, logger: Logger
    ) throws {
        try self.init(
            settings: settings, scoreboard: scoreboard, writeQueue: writeQueue,
            retryPolicy: RetryPolicy(), logger: logger)
    }

    init(
        settings: Settings, scoreboard: Scoreboard, writeQueue: WriteQueue,
        retryPolicy: RetryPolicy, logger: Logger
    ) throws {
        let database = try Self.openDatabase(settings, writeQueue)
        logger.info("database opened", metadata: ["regime": "\(database.regime)"])

        let (keys, accounts) = try Self.openAccounts(settings, database, logger)
        let authenticator = Authenticator(accounts: accounts)

        let http = HTTPClient()
        let chat = ChatClient(http)
        var listing = ModelCatalogue.Settings()
        listing.cacheDirectory = settings.modelListDirectory
        catalogue = ModelCatalogue(
            settings.providers, http: http, settings: listing, logger: logger)
        catalogue.start()
        let models = ModelService(
            catalogue: catalogue, settings: settings, pseudonymKey: keys[.providers])

        let messages = MessageStore(database: database)
        let conversationStore = ConversationStore(database: database)
        generations = try GenerationService(
            store: GenerationStore(database: database), ledger: Ledger(database: database),
            content: messages, settings: settings, chat: chat,
            retryPolicy: retryPolicy, scoreboard: scoreboard, logger: logger)
        let generationRoutes = GenerationRoutes(
            generations: generations, authenticator: authenticator,
            viewers: PersonalPlaces(
                path: settings.runDirectory + "/viewers", limit: settings.viewersPerPerson))
        let conversations = ConversationService(
            conversations: conversationStore, messages: messages, generations: generations,
            models: models)
        let titles = TitleMaker(
            conversations: conversationStore, models: models, generations: generations,
            logger: logger)

        var router = Router(prefix: "/api/v1")
        HealthRoutes(
            settings: settings, scoreboard: scoreboard, database: database,
            providers: { [catalogue] in catalogue.snapshot.providers }, logger: logger
        ).add(to: &router)
        InstanceRoutes(
            registrationIsOpen: settings.registrationIsOpen, isDemo: models.isDemo,
            isPackaged: settings.isPackaged,
            isNew: { try AccountStore(database: database).isNew() }
        ).add(to: &router)
        AccountRoutes(
            accounts: accounts, authenticator: authenticator, generations: generations,
            devices: KnownDevices(key: keys[.devices])
        ).add(to: &router)
        ModelRoutes(models: models, authenticator: authenticator).add(to: &router)
        ConversationRoutes(
            conversations: conversations, titles: titles, generations: generationRoutes,
            authenticator: authenticator
        ).add(to: &router)
        generationRoutes.add(to: &router)
        application = Application(
            router, logger: logger, translating: StorageProblem.translate)
    }

    private static func openAccounts(
        _ settings: Settings, _ database: Database, _ logger: Logger
    ) throws -> (InstanceKeys, AccountService) {
        let store = AccountStore(database: database)
        guard let instance = try store.instance() else { throw NotPrepared() }
        let keys = InstanceKeys(
            secret: try KeyFile.secret(of: settings, logger: logger), salt: instance.salt)
        let accounts = AccountService(
            store: store,
            signer: AccessTokenSigner(key: keys[.accessTokens], oldKey: instance.oldKey),
            refreshKey: keys[.refreshTokens],
            journal: AccountJournal(
                logger: logger, key: keys[.journal], showsAddresses: settings.logsAddresses),
            settings: settings)
        return (keys, accounts)
    }

    /// Opens the database, which has to be there and to have this program's schema.
    static func openDatabase(_ settings: Settings, _ queue: WriteQueue) throws -> Database {
        var options = Database.Options()
        options.create = false
        options.queue = queue
        let database = try Database(path: settings.databasePath, options: options)
        try Migrations(Schema.migrations).requireCurrent(in: database)
        return database
    }

    /// Answers a request.
    public func respond(to request: Request) -> Response {
        application.respond(to: request)
    }

    /// How the providers do, as far as is known without asking them.
    var providers: [ProviderStatus] { catalogue.snapshot.providers }

    /// Ends what still runs, with every word so far; for a process that has to end.
    public func interruptRunning() {
        generations.interruptRunning()
    }

    /// The database has the schema but nothing in it.
    struct NotPrepared: Error, CustomStringConvertible {
        let description = "The database was never prepared. Run `atelier migrate` first."
    }
}
