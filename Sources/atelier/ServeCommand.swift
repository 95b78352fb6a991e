import ArgumentParser
import Atelier
import FoundationEssentials
import Glibc
import Logging

/// `atelier serve`: the whole product on this machine, under one foreground process.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run nginx, workers and all else that is needed, until Ctrl-C.")

    @Option(help: "The HTTPS port on 127.0.0.1.")
    var port = 8443

    @Option(help: "How many workers to run.")
    var workers = 2

    @Option(help: "Where the database, the certificate and the logs lie.")
    var state = ".atelier"

    @Option(help: "The directory that holds site.conf and www.")
    var nginx = "nginx"

    @Flag(help: "Log more.")
    var debug = false

    func validate() throws {
        guard (1...65535).contains(port) else {
            throw ValidationError("--port must be 1 to 65535.")
        }
        guard (1...64).contains(workers) else {
            throw ValidationError("--workers must be 1 to 64.")
        }
    }

    func run() throws {
        let logger = ProcessSetup.logger("serve", level: debug ? .debug : .notice)
        let place = try ServePlace(state: state, nginx: nginx)
        var environment = ProcessInfo.processInfo.environment
        environment["ATELIER_STATE"] = place.state
        environment["ATELIER_RUN"] = place.run
        let hasKey = ["ATELIER_TOKEN_KEY", "ATELIER_TOKEN_KEY_FILE"].contains {
            environment[$0] != nil
        }
        if !hasKey { environment["ATELIER_TOKEN_KEY_FILE"] = place.tokenKey }
        if debug { environment["ATELIER_LOG_LEVEL"] = "debug" }
        // Whoever presses Ctrl-C does not want to wait for long.
        if environment["ATELIER_DRAIN_SECONDS"] == nil {
            environment["ATELIER_DRAIN_SECONDS"] = "5"
        }
        let demo = try demoProvider(unlessConfiguredIn: &environment, place)
        let settings = try Self.settings(environment)

        var supervisor = Supervisor(
            logger: logger, stopPatience: settings.drainPatience + .seconds(10))
        try prepare(settings, logger)
        let socket = try UnixListener(path: place.workerSocket)
        let site = ServeSite(place: place, port: port, demoPort: demo?.port)
        try site.writeConfiguration()

        defer { supervisor.stop() }
        if let demo { try supervisor.start(worker(demo.socket, "demo-provider", environment)) }
        try supervisor.start(jobs(environment))
        for _ in 1...workers { try supervisor.start(worker(socket, "worker", environment)) }
        try supervisor.start(site.service(environment))

        let probe = try ServeProbe(port: port, certificate: place.certificate)
        supervisor.run {
            guard probe.answers() else { return false }
            print("atelier ready at https://localhost:\(port)")
            fflush(nil)
            return true
        }
    }

    /// The socket and port of the demo provider; `nil` when a real one is configured.
    private func demoProvider(
        unlessConfiguredIn environment: inout [String: String], _ place: ServePlace
    ) throws -> (socket: UnixListener, port: Int)? {
        guard try Self.settings(environment).providers.isEmpty else { return nil }
        let port = try FreePort.find()
        environment["ATELIER_PROVIDER_NAME"] = "demo"
        environment["ATELIER_PROVIDER_URL"] = "http://127.0.0.1:\(port)/api/v1"
        environment["ATELIER_PROVIDER_KEY"] = "demo"
        environment["ATELIER_PROVIDER_KIND"] = "openrouter"
        return (try UnixListener(path: place.demoSocket), port)
    }

    private static func settings(_ environment: [String: String]) throws -> Settings {
        try Settings(environment: environment) { try String(contentsOfFile: $0, encoding: .utf8) }
    }

    private func prepare(_ settings: Settings, _ logger: Logger) throws {
        guard let made = try Installation(settings: settings, logger: logger).prepare() else {
            return
        }
        print("administrator: \(made.email)\npassword: \(made.password)  (shown this once)")
    }

    private func worker(
        _ socket: UnixListener, _ command: String, _ environment: [String: String]
    ) -> Supervisor.Service {
        Supervisor.Service(name: command, stopSignal: SIGTERM) {
            try ChildProcess(
                ["/proc/self/exe", command, "--supervised"], environment: environment,
                standardInput: socket.descriptor)
        }
    }

    private func jobs(_ environment: [String: String]) -> Supervisor.Service {
        Supervisor.Service(name: "jobs", stopSignal: SIGTERM) {
            try ChildProcess(["/proc/self/exe", "jobs", "--supervised"], environment: environment)
        }
    }
}
