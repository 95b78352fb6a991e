import Crypto
import Glibc
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
    /// - Throws: ``SQLError`` when the database cannot be used; ``DatabaseLost``; a ``Problem`` when the
    ///   administrator's address or password of the settings is not sound.
    public func prepare() throws -> (email: String, password: String)? {
        try requireNoLoss()
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

    /// There is no database, and there was one: an empty instance in its place would hide that, and
    /// be open to strangers.
    public struct DatabaseLost: Error, CustomStringConvertible {
        let path: String
        let remains: [String]

        public var description: String {
            "There is no database \(path), but there was one: \(remains.joined(separator: ", ")) "
                + "is still there. Mount its disk, or put a backup in its place: atelier restore "
                + "FILE. To begin anew on purpose, move away what is still there."
        }
    }

    private func requireNoLoss() throws {
        var status = stat()
        let isThere = stat(settings.databasePath, &status) == 0 && status.st_size > 0
        let remains = isThere ? [] : remainsOfADatabase
        guard remains.isEmpty else {
            throw DatabaseLost(path: settings.databasePath, remains: remains)
        }
    }

    /// What is there only once there was a database. Backups are not among it: they outlast a purge.
    private var remainsOfADatabase: [String] {
        let state = settings.stateDirectory
        var paths = ["app.db-wal", "media", "models", "restore.partial"].map { state + "/" + $0 }
        // One that lies elsewhere may have been made beforehand.
        if let key = settings.tokenKeyFile, key.hasPrefix(state + "/") { paths.append(key) }
        // atelier-migrate.service makes it, on another disk than the database.
        if settings.isPackaged, let slash = settings.configurationFile.lastIndex(of: "/") {
            paths.append(settings.configurationFile[...slash] + "database-made")
        }
        return paths.filter { access($0, F_OK) == 0 }
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
