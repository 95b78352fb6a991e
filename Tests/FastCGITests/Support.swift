import Glibc
import Testing
import Threads

@testable import FastCGI

func makeTemporaryDirectory() throws -> String {
    var template = Array("/tmp/fastcgi-XXXXXX\0".utf8)
    let isMade = template.withUnsafeMutableBytes {
        mkdtemp($0.assumingMemoryBound(to: CChar.self).baseAddress!) != nil
    }
    guard isMade else { throw SystemError("mkdtemp") }
    return String(decoding: template.dropLast(), as: UTF8.self)
}

/// A unix socket that listens in a directory of its own.
final class Listener: Sendable {
    let path: String
    let socket: ListeningSocket

    init() throws {
        path = try makeTemporaryDirectory() + "/socket"
        let descriptor = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard withUnixAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
            throw SystemError("bind")
        }
        listen(descriptor, 4096)
        socket = try ListeningSocket(adopting: descriptor)
    }

    deinit {
        unlink(path)
        rmdir(String(path.dropLast("/socket".count)))
    }

    /// What must never happen: the socket is shut down, for everyone who shares it.
    func breakSocket() { shutdown(socket.descriptor, Int32(SHUT_RDWR)) }

    /// How many of this process's descriptors are connections accepted here.
    var acceptedDescriptors: Int {
        (0..<4096).count { $0 != socket.descriptor && unixPath(of: $0) == path }
    }

    private func unixPath(of descriptor: Int32) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafeMutablePointer(to: &address) { address in
            let generic = UnsafeMutableRawPointer(address).assumingMemoryBound(to: sockaddr.self)
            guard getsockname(descriptor, generic, &size) == 0,
                address.pointee.sun_family == AF_UNIX, size > 2
            else { return nil }
            return withUnsafeBytes(of: address.pointee.sun_path) { path in
                String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
    }
}

func withUnixAddress<T>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
) -> T {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { address in
        let generic = UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
        return body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
}

/// A server that runs in a thread of its own, until ``stop()`` or the end of this object.
final class RunningServer: Sendable {
    let listener: Listener
    let server: Server
    private let ended: Event
    private let outcome: Outcome

    private final class Outcome: Sendable {
        let error = Monitor<SystemError?>(nil)
    }

    init(
        on listener: Listener? = nil, limits: Limits = Limits(),
        handler: @escaping Server.Handler
    ) throws {
        self.listener = try listener ?? Listener()
        let server = try Server(socket: self.listener.socket, limits: limits, handler: handler)
        let ended = try Event()
        let outcome = Outcome()
        try Thread.start {
            do throws(SystemError) { try server.run() } catch {
                outcome.error.withLock { $0 = error }
            }
            ended.happen()
        }
        (self.server, self.ended, self.outcome) = (server, ended, outcome)
    }

    deinit {
        server.drain()
        server.abortRemaining()
        ended.wait(milliseconds: 20_000)
    }

    /// Drains; true when `run()` has returned.
    func stop() throws -> Bool {
        server.drain()
        return try hasEnded()
    }

    func hasEnded(withinMilliseconds patience: Int32 = 20_000) throws -> Bool {
        ended.wait(milliseconds: patience)
        if let error = outcome.error.withLock({ $0 }) { throw error }
        return ended.hasHappened
    }

    func client() throws -> Client { try Client(path: listener.path) }

    /// Sends one whole request and waits for its reply.
    func reply(
        to parameters: [(String, String)] = [("REQUEST_METHOD", "GET")], body: [UInt8] = []
    ) throws -> Reply {
        let client = try client()
        client.send(Records.request(parameters, body: body))
        return client.reply()
    }
}

/// The web server's end of a connection.
final class Client: Sendable {
    let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard withUnixAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
            throw SystemError("connect")
        }
        limitWaiting(descriptor)
    }

    deinit { close(descriptor) }

    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool { sendAll(bytes, to: descriptor) }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Some bytes; none at the end, or after 20 s of silence.
    func receive() -> [UInt8] { receiveSome(descriptor) ?? [] }

    /// All that comes until the other side closes.
    func reply() -> Reply {
        var bytes: [UInt8] = []
        while let part = receiveSome(descriptor) {
            if part.isEmpty { return Reply(bytes) }
            bytes += part
        }
        return Reply(bytes, isReset: true)
    }
}

func limitWaiting(_ descriptor: Int32) {
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
}

/// False when the other side has closed.
func sendAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> Bool {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
            Glibc.send(
                descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
    }
    return true
}

/// `nil` when the connection was reset, or for 20 s silent.
func receiveSome(_ descriptor: Int32) -> [UInt8]? {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, filled in
        result = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        filled = max(0, result)
    }
    return result < 0 ? nil : bytes
}

func shortPause() { usleep(300) }

/// Waits for a condition that other threads bring about; false after 20 s.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<20_000 {
        if condition() { return true }
        usleep(1000)
    }
    return false
}

/// Holds handlers back: each `open()` lets one pass, or all from then on if it is permanent.
final class Gate: Sendable {
    private let permits = Monitor(0)
    private let isPermanent: Bool

    init(permanent: Bool = false) { isPermanent = permanent }

    var isOpen: Bool { permits.withLock { $0 > 0 } }

    func open() { permits.withLock { $0 += 1 } }

    /// Gives up after 20 s, for the sake of the tests that come later.
    func wait() {
        _ = eventually {
            permits.withLock { permits in
                guard permits > 0 else { return false }
                if !isPermanent { permits -= 1 }
                return true
            }
        }
    }
}

/// Runs the body in so many threads, something else in this one, and waits for all.
func inParallel(
    _ count: Int, _ body: @escaping @Sendable () throws -> Void,
    meanwhile: () throws -> Void = {}
) throws {
    let ended = Gate()
    for _ in 0..<count {
        try Thread.start {
            #expect(throws: Never.self) { try body() }
            ended.open()
        }
    }
    try meanwhile()
    for _ in 0..<count { ended.wait() }
}

/// Collects what handlers have seen.
final class Log<Entry: Sendable>: Sendable {
    private let entries = Monitor<[Entry]>([])

    var all: [Entry] { entries.withLock { $0 } }

    func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }
}

extension Exchange {
    /// A whole response.
    func answer(_ text: String, status: String = "200 OK") throws {
        try write("Status: \(status)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
    }
}
