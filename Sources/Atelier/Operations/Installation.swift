import Crypto
public import Logging
import SQL

/// What has to be done once before workers start, and again after each upgrade.
public struct Installation {
    private let settings: Settings
    private let logger: Logger

    public init(settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Brings the schema up to date and makes sure that there is an administrator.
    ///
    /// - Returns: The random password of an administrator who was made just now; shown once, kept nowhere.
    /// - Throws: ``SQLError`` when the database cannot be used; a ``Problem`` when the administrator's
    ///   address or password of the settings is not sound.
    public func prepare() throws -> (email: String, password: String)? {
        let database = try Database(path: settings.databasePath)
        let migrations = Migrations(Schema.migrations)
        let found = try migrations.apply(to: database)
        if found < migrations.version {
            logger.notice(
                "schema migrated", metadata: ["from": "\(found)", "to": "\(migrations.version)"])
        }
        let store = AccountStore(database: database)
        try store.makeInstance(salt: Self.newSalt())
        // Where it may be made: under systemd it is root's, and the package makes it.
        if let path = settings.tokenKeyFile { _ = try KeyFile(path: path).secret() }
        return try makeAdministrator(store)
    }

    /// How many steps of the schema the database has, and how many it lacks; changes nothing.
    ///
    /// - Throws: ``SQLError``; of kind `missing` when there is no database yet.
    public func schema() throws -> (version: Int, missing: Int) {
        let migrations = Migrations(Schema.migrations)
        var options = Database.Options()
        options.create = false
        let found = try migrations.applied(
            to: Database(path: settings.databasePath, options: options))
        return (found, migrations.version - found)
    }

    static func newSalt() -> [UInt8] {
        SymmetricKey(size: .bits256).withUnsafeBytes(Array.init)
    }

    private func makeAdministrator(
        _ store: AccountStore
    ) throws -> (email: String, password: String)? {
        guard try !store.hasAdministrator() else { return nil }
        let password = settings.administratorPassword ?? OpaqueToken(prefix: "").text
        let draft = try AccountDraft(
            email: settings.administratorEmail, name: "Administrator", password: password,
            rules: settings.passwordRules)
        _ = try store.add(draft, role: .admin, hasher: PasswordHasher())
        logger.notice("administrator made", metadata: ["email": "\(draft.email)"])
        return settings.administratorPassword == nil ? (draft.email, password) : nil
    }
}
