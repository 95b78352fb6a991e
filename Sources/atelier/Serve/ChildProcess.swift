import Glibc

/// A child process in a process group of its own, so that a Ctrl-C in the terminal reaches only its
/// parent, which then stops it in order.
struct ChildProcess {
    /// What could not be started, and why.
    struct StartFailure: Error, CustomStringConvertible {
        let program: String
        let code: Int32

        var description: String {
            "\(program) could not be started: \(String(cString: strerror(code)))"
        }
    }

    let id: pid_t

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: The program, looked up in `PATH` when it has no slash, and its arguments.
    ///   - environment: The whole environment of the child.
    ///   - standardInput: A descriptor the child gets as its descriptor 0; `nil` for `/dev/null`.
    init(
        _ arguments: [String], environment: [String: String], standardInput: Int32? = nil
    ) throws(StartFailure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        let variables = environment.map { "\($0.key)=\($0.value)" }
        var id: pid_t = 0
        let code = Self.withCStrings(arguments) { argv in
            Self.withCStrings(variables) { envp in
                posix_spawnp(&id, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw StartFailure(program: arguments[0], code: code) }
        self.id = id
    }

    func signal(_ number: Int32) {
        kill(id, number)
    }

    /// Kills what an ended child has left in its group: processes of its own.
    func killGroup() {
        kill(-id, SIGKILL)
    }

    /// Runs a program to its end.
    ///
    /// - Returns: Its ``exitStatus(ofWait:)``.
    static func run(_ arguments: [String], environment: [String: String]) throws(StartFailure)
        -> Int32
    {
        let child = try ChildProcess(arguments, environment: environment)
        var status: Int32 = 0
        while waitpid(child.id, &status, 0) == -1 && errno == EINTR {}
        return exitStatus(ofWait: status)
    }

    /// What wait(2) reported, as a shell tells it: 128 plus the signal's number when a signal ended it.
    static func exitStatus(ofWait status: Int32) -> Int32 {
        status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
