import FoundationEssentials
import Glibc
import Threads

/// A program that runs beside this one and is stopped before it ends, by its id.
///
/// Started from the main thread only: the kernel ends a child when the thread that started it ends.
struct ChildProcess {
    private struct Family {
        var ids: Set<pid_t> = []
        var isStopping = false
    }

    private static let family = Monitor(Family())
    private static let stopPatience = Duration.seconds(30)

    let id: pid_t

    /// Starts a program, in a process group of its own so that Ctrl-C reaches only this one.
    ///
    /// - Parameters:
    ///   - arguments: The program, looked up in `PATH` when it has no slash, and its arguments.
    ///   - environment: The whole environment, as `NAME=value`.
    ///   - standardInput: A descriptor for its descriptor 0; `/dev/null` when `nil`.
    ///   - output: The file that takes what it prints, appended.
    init(
        _ arguments: [String], environment: [String] = ownEnvironment, standardInput: Int32? = nil,
        output: String
    ) throws {
        // setpriv: should this process be killed, its children end with it.
        let arguments = ["setpriv", "--pdeathsig", "TERM"] + arguments
        id = try Self.family.withLock { family in
            guard !family.isStopping else { throw Failure("stopped") }
            let id = try Self.spawn(arguments, environment, standardInput, output)
            family.ids.insert(id)
            return id
        }
    }

    /// This process's own.
    static var ownEnvironment: [String] {
        ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String], _ standardInput: Int32?, _ output: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var id: pid_t = 0
        let code = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in
                posix_spawnp(&id, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw Failure.system(arguments[0], code: code) }
        return id
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

extension ChildProcess {
    /// Runs a program to its end.
    ///
    /// - Returns: Whether its exit status was 0.
    static func run(
        _ arguments: [String], environment: [String] = ownEnvironment, output: String
    ) throws -> Bool {
        let child = try ChildProcess(arguments, environment: environment, output: output)
        var status: Int32 = 0
        while waitpid(child.id, &status, 0) == -1 && errno == EINTR {}
        child.leave()
        return status == 0
    }

    /// Whether it has not ended yet.
    var isRunning: Bool { waitpid(id, nil, WNOHANG) == 0 }

    /// Asks it to end with SIGTERM, and kills it when it does not.
    func stop() {
        kill(id, SIGTERM)
        let deadline = ContinuousClock.now + Self.stopPatience
        while isRunning {
            if ContinuousClock.now > deadline { kill(id, SIGKILL) }
            usleep(5_000)
        }
        leave()
    }

    private func leave() {
        _ = Self.family.withLock { $0.ids.remove(id) }
    }

    /// Stops every child that still runs; none can be started any more.
    ///
    /// Never returns to the second who calls it: the first is about to end this process.
    static func stopAll() {
        let ids = family.withLock { family -> Set<pid_t>? in
            defer { family.isStopping = true }
            return family.isStopping ? nil : family.ids
        }
        guard let ids else { while true { pause() } }
        for id in ids { ChildProcess(running: id).stop() }
    }

    private init(running id: pid_t) {
        self.id = id
    }

    /// From now on a signal that asks to end calls `cleanUp` and ends this process.
    static func endWhenAsked(after cleanUp: @escaping @Sendable () -> Void) throws {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        try Thread.start { [signals] in
            var signals = signals
            var number: Int32 = 0
            sigwait(&signals, &number)
            cleanUp()
            _exit(128 + number)
        }
    }
}
