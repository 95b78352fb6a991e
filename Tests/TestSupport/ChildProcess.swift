import Glibc

/// A program run by a test, with its output to read. It is killed when released.
public final class ChildProcess {
    private let id: pid_t
    private let output: UnsafeMutablePointer<FILE>
    private var isStopped = false

    /// Starts `arguments[0]`, a path. Output and errors come in one stream; input is empty.
    public init(_ arguments: [String]) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        posix_spawn_file_actions_addclose(&actions, ends[1])

        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id = pid_t()
        let code = posix_spawn(&id, arguments[0], &actions, nil, &words, environ)
        close(ends[1])
        errno = code
        guard code == 0, let output = fdopen(ends[0], "r") else { throw SystemError("posix_spawn") }
        self.id = id
        self.output = output
    }

    deinit {
        stop()
        fclose(output)
    }

    /// The next line of output without its line end; `nil` when the program has closed it.
    public func readLine() -> String? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        guard getline(&line, &capacity, output) > 0, let line else { return nil }
        return String(String(cString: line).drop { $0 == "\n" }.prefix { $0 != "\n" })
    }

    /// Kills the program and waits for its end.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        kill(id, SIGKILL)
        var status: Int32 = 0
        waitpid(id, &status, 0)
    }
}
