import HTTPClient
public import Logging
import Providers
import SQL
public import Web

/// The product put together for one worker process.
public struct Product: Sendable {
    private let application: Application
    private let catalogue: ModelCatalogue

    /// Opens the database and builds every feature on it; starts to fetch the lists of models.
    ///
    /// - Throws: ``SQLError`` when the database cannot be used, or its schema is not this program's.
    public init(settings: Settings, logger: Logger) throws {
        var options = Database.Options()
        options.create = false
        let database = try Database(path: settings.databasePath, options: options)
        try Migrations(Schema.migrations).requireCurrent(in: database)
        logger.info("database opened", metadata: ["regime": "\(database.regime)"])

        let accountStore = AccountStore(database: database)
        guard let key = try accountStore.tokenKey() else { throw NotPrepared() }
        let accounts = AccountService(
            store: accountStore, signer: AccessTokenSigner(key: key),
            registrationIsOpen: settings.registrationIsOpen)
        let authenticator = Authenticator(accounts: accounts)

        let http = HTTPClient()
        let chat = ChatClient(http)
        var listing = ModelCatalogue.Settings()
        listing.cacheDirectory = settings.modelListDirectory
        catalogue = ModelCatalogue(
            settings.providers, http: http, settings: listing, logger: logger)
        catalogue.start()
        let models = ModelService(catalogue: catalogue, settings: settings, pseudonymKey: key)

        let messages = MessageStore(database: database)
        let conversationStore = ConversationStore(database: database)
        let generations = try GenerationService(
            store: GenerationStore(database: database), content: messages,
            runDirectory: settings.runDirectory, chat: chat, logger: logger)
        try generations.recoverAbandoned()
        let generationRoutes = GenerationRoutes(
            generations: generations, authenticator: authenticator)
        let conversations = ConversationService(
            conversations: conversationStore, messages: messages, generations: generations,
            models: models)
        let titles = TitleMaker(
            conversations: conversationStore, models: models, chat: chat, logger: logger)

        var router = Router(prefix: "/api/v1")
        HealthRoutes(database: database, logger: logger).add(to: &router)
        InstanceRoutes(registrationIsOpen: settings.registrationIsOpen, isDemo: models.isDemo)
            .add(to: &router)
        AccountRoutes(accounts: accounts, authenticator: authenticator).add(to: &router)
        ModelRoutes(models: models, authenticator: authenticator).add(to: &router)
        ConversationRoutes(
            conversations: conversations, titles: titles, generations: generationRoutes,
            authenticator: authenticator
        ).add(to: &router)
        generationRoutes.add(to: &router)
        application = Application(
            router, logger: logger, translating: StorageProblem.translate)
    }

    /// Answers a request.
    public func respond(to request: Request) -> Response {
        application.respond(to: request)
    }

    /// The database has the schema but nothing in it.
    struct NotPrepared: Error, CustomStringConvertible {
        let description = "The database was never prepared. Run `atelier migrate` first."
    }
}
