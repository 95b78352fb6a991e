import Atelier
import CLinux
import FastCGI
import FoundationEssentials
import Glibc
import Logging

/// What every process of the program does first.
enum ProcessSetup {
    /// The environment; nothing else reads it.
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// The configuration, from the environment.
    ///
    /// - Throws: ``Settings/Faults`` naming every variable that is wrong.
    static func settings() throws -> Settings {
        try Settings(environment: environment, readFile: readFile)
    }

    static func readFile(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    /// The listening socket this process was started with.
    static func inheritedSocket() throws -> ListeningSocket {
        try ListeningSocket.inherited(environment: environment)
    }

    /// A logger to the journal.
    static func logger(_ label: String, level: Logger.Level) -> Logger {
        JournalLogHandler.level = level
        return Logger(label: label) { _ in JournalLogHandler() }
    }

    /// A line for the journal from a command, whose standard error is a person's terminal (syslog(3)).
    static func journal(_ line: String, as name: String) {
        name.withCString { name in
            openlog(name, 0, LOG_DAEMON)
            line.withCString { text in
                withVaList([text]) { vsyslog(LOG_NOTICE, "%s", $0) }
            }
            closelog()
        }
    }

    /// Takes over the log level that the configuration file has by now.
    static func reloadLogLevel(_ settings: Settings, _ logger: Logger) {
        do {
            let level = try LogLevelFile.level(in: settings.configurationFile)
            JournalLogHandler.level = level
            logger.notice("log level set", metadata: ["level": "\(level.rawValue)"])
        } catch {
            logger.warning("the log level stays as it is", metadata: ["cause": "\(error)"])
        }
    }

    /// The service manager that started this process, if one did.
    static func serviceManager() -> ServiceManager {
        ServiceManager(environment: ProcessInfo.processInfo.environment)
    }

    /// Keeps memory small under many threads: few arenas, and large blocks given back when freed
    /// (mallopt(3); setting the threshold keeps glibc from raising it).
    static func limitMemory() {
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, 256 * 1024)
    }

    /// Allows as many descriptors as the system lets us: a stream needs three, and the usual soft limit
    /// is 1024 for the sake of `select(2)`, which nothing here uses.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Lets everybody else go first, to the processor and to the disk: the priority there follows
    /// (ionice(1)).
    static func yieldToOthers() {
        _ = nice(19)
    }

    /// Ends the process when the one that started it ends (prctl(2)).
    static func dieWithParent() {
        clinux_set_parent_death_signal(SIGTERM)
    }

    /// Blocks the signals that ask for something, for this thread and all it starts;
    /// ``waitForEnd(onReload:)`` takes them.
    static func blockSignals() {
        var signals = awaitedSignals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Returns when the process is asked to end.
    ///
    /// - Parameter onReload: Called for each SIGHUP before that.
    static func waitForEnd(onReload: () -> Void) {
        var signals = awaitedSignals
        var number: Int32 = 0
        while sigwait(&signals, &number) != 0 || number == SIGHUP {
            if number == SIGHUP { onReload() }
        }
    }

    private static var awaitedSignals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGHUP)
        return signals
    }
}
