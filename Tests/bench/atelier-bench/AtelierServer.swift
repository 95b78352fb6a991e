import FoundationEssentials
import Glibc
import HTTPClient
import HTTPTypes
import Threads

/// The `atelier serve` that is measured, with a state directory of its own.
final class AtelierServer: Sendable {
    private static let startPatience = Duration.seconds(60)

    let port: Int
    let state: String
    let program: String
    private let nginx: String
    private let workers: Int
    private let upstream: String
    private let log: String
    private let running = Monitor<ChildProcess?>(nil)

    init(program: String, nginx: String, workers: Int, upstream: String, directory: String) throws {
        self.program = program
        self.nginx = nginx
        self.workers = workers
        self.upstream = upstream
        state = directory + "/state"
        log = directory + "/atelier.log"
        port = try Listener.freePort()
    }

    var certificate: String { state + "/tls/certificate.pem" }
    var certificateKey: String { state + "/tls/key.pem" }
    var accessLog: String { state + "/log/access.log" }
    var address: String { "https://127.0.0.1:\(port)" }

    /// This process's environment without what would configure Atelier, and with what does.
    var environment: [String] {
        let own = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("ATELIER_") && name != "OPENROUTER_API_KEY"
        }
        return own.map { "\($0)=\($1)" } + [
            "ATELIER_ADMIN_PASSWORD=bench password", "ATELIER_PROVIDER_URL=\(upstream)",
            "ATELIER_STATE=\(state)", "ATELIER_RUN=\(state)",
            "ATELIER_ANSWERS_PER_PERSON=4096", "ATELIER_VIEWERS_PER_PERSON=4096",
        ]
    }

    // MARK: Running

    /// Starts it, and returns when the first request has been answered and every worker knows the
    /// upstream's models.
    func start() throws {
        try launch()
        let deadline = ContinuousClock.now + Self.startPatience
        while !printed.contains("atelier ready") { try wait(until: deadline) }
    }

    /// Starts it, and returns at once.
    func launch() throws {
        let child = try ChildProcess(
            [
                program, "serve", "--nginx", nginx, "--port", "\(port)", "--workers", "\(workers)",
                "--state", state,
            ], environment: environment, output: log)
        running.change { $0 = child }
    }

    func stop() {
        running.withLock { $0 }?.stop()
        running.change { $0 = nil }
    }

    /// Returns when `request` is answered with 200.
    func awaitAnswer(to request: HTTPClient.Request, from http: HTTPClient) throws {
        let deadline = ContinuousClock.now + Self.startPatience
        while (try? http.send(request))?.head.status != .ok { try wait(until: deadline) }
    }

    private func wait(until deadline: ContinuousClock.Instant) throws {
        guard let child = running.withLock({ $0 }), child.isRunning, ContinuousClock.now < deadline
        else { throw Failure("atelier serve did not start:\n\(printed)") }
        usleep(1_000)
    }

    private var printed: String {
        (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    }

    // MARK: Asking

    func client() throws -> APIClient {
        try APIClient(address: address, certificate: certificate)
    }

    /// What each worker has in memory.
    func workerMemory() throws -> [ProcessMemory] {
        let found = try processes.children.filter { try $0.arguments.contains("worker") }
        guard found.count == workers else {
            throw Failure("\(found.count) workers run, not \(workers):\n\(printed)")
        }
        return try found.map { try $0.ownMemory }
    }

    /// What the process for the work that belongs to no request has in memory.
    func jobsMemory() throws -> ProcessMemory {
        try processes.children.filter { try $0.arguments.contains("jobs") }
            .reduce(ProcessMemory()) { try $0 + $1.ownMemory }
    }

    /// All of its processes; it has to run.
    var processes: ProcessTree {
        get throws {
            guard let child = running.withLock({ $0 }) else {
                throw Failure("Atelier does not run")
            }
            return ProcessTree(id: child.id)
        }
    }
}
