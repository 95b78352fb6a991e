import Glibc
import Testing

/// Another process. It is killed with this object, if it runs still.
final class Child {
    let pid: pid_t
    /// Our end of its standard input and output.
    private let descriptor: Int32
    private var isOver = false

    /// - Parameter arguments: The program and what it is given.
    init(_ arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var cArguments = arguments.map { strdup($0) } + [nil]
        var pid = pid_t()
        let code = posix_spawn(&pid, arguments[0], &actions, nil, &cArguments, environ)
        for argument in cArguments { free(argument) }
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        self.pid = pid
        descriptor = ends[0]
        isOver = code != 0
        try #require(code == 0, "\(arguments[0]): \(String(cString: strerror(code)))")
    }

    /// The program for multi-process tests, which is built beside the test bundle.
    ///
    /// - Parameters:
    ///   - command: What it does; see its source.
    ///   - file: The database.
    ///   - rest: What the command needs beside.
    ///   - start: The directory it runs in.
    static func stress(
        _ command: String, _ file: String, _ rest: String..., in start: String = "."
    ) throws -> Child {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink("/proc/self/exe", $0.baseAddress!, $0.count)
        }
        try #require(count > 0)
        let tests = String(decoding: buffer.prefix(count), as: UTF8.self)
        let directory = try #require(tests.lastIndex(of: "/").map { tests[..<$0] })
        let program = ["\(directory)/SQLStress", command, file] + rest
        return try Child(["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", start] + program)
    }

    deinit {
        if !isOver { end() }
        close(descriptor)
    }

    /// Closes its standard input.
    func start() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The next line of its output; `nil` when there is none any more.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while Glibc.read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    func send(_ signal: Int32) {
        kill(pid, signal)
    }

    /// Kills it and waits until it is gone.
    func end() {
        send(SIGKILL)
        _ = wait()
    }

    /// How it ended: its `wait` status, 0 when all was well.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        isOver = true
        return status
    }
}
