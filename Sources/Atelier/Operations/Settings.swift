public import Logging
public import Providers

/// The configuration of a process, read once from its environment and sound from `init` on.
public struct Settings: Sendable {
    /// Where the database lies.
    public var stateDirectory: String
    /// Where live streams lie; private to the workers, gone after a reboot.
    public var runDirectory: String
    /// Whether strangers may make themselves an account.
    public var registrationIsOpen: Bool
    /// The address of the administrator that is made when there is none.
    public var administratorEmail: String
    /// Their password; a random one is made and shown once when there is none.
    public var administratorPassword: String?
    /// What all keys of this instance are made from: at least 32 random characters.
    public var tokenKey: String?
    /// The file that holds it, or will.
    public var tokenKeyFile: String?
    /// Passwords that are refused, one a line.
    public var commonPasswordsFile: String
    /// Whether the journal shows the addresses of people who sign in.
    public var logsAddresses: Bool
    /// In the order in which their models are listed.
    public var providers: [ProviderEndpoint]
    /// The model of a new conversation; the first that can chat when `nil`.
    public var defaultModel: String?
    /// The model that makes titles; a cheap one of the answer's provider when `nil`.
    public var titleModel: String?
    /// The most threads of a worker, and so requests at a time.
    public var threads: Int
    /// How many answers a person may have running at a time, over all workers.
    public var answersPerPerson: Int
    /// How many running or ended answers a person may watch at a time, over all workers.
    public var viewersPerPerson: Int
    /// Where backups go.
    public var backupDirectory: String
    /// How many backups there are before the oldest is removed.
    public var backupsKept: Int
    public var logLevel: Logger.Level
    /// Where the environment comes from: a reload reads the log level there.
    public var configurationFile: String
    /// What takes longer is logged.
    public var slowness: Duration
    /// How long a worker that has to end waits for what runs, before it interrupts it.
    public var drainPatience: Duration
    /// Whether secrets come as systemd's credentials, as the package's services have it.
    public var isPackaged: Bool

    /// Everything that is wrong with an environment, one line for each variable.
    public struct Faults: Error, CustomStringConvertible {
        public let lines: [String]

        public var description: String { lines.joined(separator: "\n") }
    }

    public var databasePath: String { stateDirectory + "/app.db" }

    var passwordRules: PasswordRules { PasswordRules(commonPasswordsFile: commonPasswordsFile) }

    /// Where the bytes of media lie.
    var mediaDirectory: String { stateDirectory + "/media" }

    /// Where the providers' last lists of models lie.
    var modelListDirectory: String { stateDirectory + "/models" }

    /// - Parameters:
    ///   - environment: Variables as in ``documentation``; an empty value counts as none.
    ///   - readFile: Returns the text of a file; throws when it cannot.
    public init(
        environment: [String: String], readFile: @escaping (String) throws -> String
    ) throws(Faults) {
        var reader = SettingsReader(environment: environment, readFile: readFile)
        self.init(&reader)
        guard reader.faults.isEmpty else { throw Faults(lines: reader.faults) }
    }

    /// What is wrong is noted in the reader, and what is not known stands as if it were not set.
    init(_ reader: inout SettingsReader) {
        stateDirectory = reader.text("ATELIER_STATE") ?? "/var/lib/atelier"
        runDirectory = reader.text("ATELIER_RUN") ?? "/run/atelier"
        registrationIsOpen =
            reader.choice("ATELIER_REGISTRATION", ["open": true, "closed": false]) ?? true
        administratorEmail = reader.text("ATELIER_ADMIN_EMAIL") ?? "admin@localhost"
        administratorPassword = reader.secret("ATELIER_ADMIN_PASSWORD")
        (tokenKey, tokenKeyFile) = reader.ownSecret("ATELIER_TOKEN_KEY")
        commonPasswordsFile =
            reader.text("ATELIER_COMMON_PASSWORDS") ?? "/usr/share/atelier/common-passwords"
        logsAddresses = reader.choice("ATELIER_LOG_ADDRESSES", ["yes": true, "no": false]) ?? false
        defaultModel = reader.text("ATELIER_DEFAULT_MODEL")
        titleModel = reader.text("ATELIER_TITLE_MODEL")
        threads = reader.integer("ATELIER_THREADS", in: 16...8192) ?? 512
        let places = 1...PersonalPlaces.mostPerPerson
        answersPerPerson = reader.integer("ATELIER_ANSWERS_PER_PERSON", in: places) ?? 8
        viewersPerPerson = reader.integer("ATELIER_VIEWERS_PER_PERSON", in: places) ?? 32
        backupDirectory = reader.text("ATELIER_BACKUPS") ?? "/var/backups/atelier"
        reader.require(
            backupDirectory != stateDirectory,
            "ATELIER_BACKUPS must be another directory than ATELIER_STATE.")
        backupsKept = reader.integer("ATELIER_BACKUP_KEEP", in: 1...100_000) ?? 14
        let levels = Dictionary(
            uniqueKeysWithValues: Logger.Level.allCases.map { ($0.rawValue, $0) })
        logLevel = reader.choice(LogLevelFile.variable, levels) ?? .info
        configurationFile = reader.text("ATELIER_CONFIGURATION") ?? "/etc/atelier/atelier.env"
        slowness = .seconds(reader.integer("ATELIER_SLOW_SECONDS", in: 0...3600) ?? 1)
        drainPatience = .seconds(reader.integer("ATELIER_DRAIN_SECONDS", in: 0...3600) ?? 60)
        isPackaged = reader.text("CREDENTIALS_DIRECTORY") != nil
        providers = reader.providers()
    }
}
