import FoundationEssentials
import Glibc
import Threads

@testable import FastCGI

/// A private nginx on a loopback port, in front of the servers of one listener.
final class Nginx: Sendable {
    static let program = "/usr/sbin/nginx"
    static var isInstalled: Bool { access(program, X_OK) == 0 }

    let port: UInt16
    private let directory: String
    private let process: pid_t

    init(inFrontOf listener: Listener) throws {
        directory = try makeTemporaryDirectory()
        port = try Self.freePort()
        let file = directory + "/nginx.conf"
        try Self.configuration(directory: directory, port: port, socket: listener.path)
            .write(toFile: file, atomically: false, encoding: .utf8)
        process = try Self.start([
            Self.program, "-p", directory, "-e", directory + "/error.log", "-c", file,
        ])
        guard eventually({ (try? HTTPClient(port: port)) != nil }) else {
            throw SystemError("connect")
        }
    }

    deinit {
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
        try? FileManager.default.removeItem(atPath: directory)
    }

    private static func configuration(directory: String, port: UInt16, socket: String) -> String {
        let temporaryPaths = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(directory)/\($0);"
        }
        return """
            daemon off; master_process off; pid \(directory)/pid;
            events {}
            http {
                access_log off; \(temporaryPaths.joined(separator: " "))
                include /etc/nginx/fastcgi_params;
                client_max_body_size 64m;
                server {
                    listen 127.0.0.1:\(port);
                    location / { fastcgi_pass unix:\(socket); }
                    location /unbuffered {
                        fastcgi_request_buffering off;
                        fastcgi_pass unix:\(socket);
                    }
                }
            }
            """
    }

    /// Under timeout(1), so that nothing is left running should the tests be killed.
    private static func start(_ command: [String]) throws -> pid_t {
        let limiter = "/usr/bin/timeout"
        var argv = ([limiter, "60"] + command).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        // The threads that run tests block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var process: pid_t = 0
        let code = posix_spawn(&process, limiter, nil, &attributes, &argv, environ)
        guard code == 0 else { throw SystemError("posix_spawn", code: code) }
        return process
    }

    /// Free when asked for; nobody else here takes ports at random meanwhile.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var port: UInt16 = 0
        withLoopback(port: 0) { address, size in
            guard bind(descriptor, address, size) == 0 else { return }
            var size = size
            getsockname(descriptor, UnsafeMutablePointer(mutating: address), &size)
            port = UnsafeRawPointer(address).load(as: sockaddr_in.self).sin_port.byteSwapped
        }
        return port
    }
}

@discardableResult
private func withLoopback<T>(
    port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
) -> T {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafeMutablePointer(to: &address) { address in
        let generic = UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
        return body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
}

/// A browser's connection to nginx; HTTP/1.0, so that a response ends with it.
final class HTTPClient: Sendable {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        limitWaiting(descriptor)
        let code = withLoopback(port: port) { connect(descriptor, $0, $1) }
        guard code == 0 else { throw SystemError("connect") }
    }

    deinit { close(descriptor) }

    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool { sendAll(bytes, to: descriptor) }

    func sendHead(_ method: String, _ path: String, _ headers: [String] = []) {
        let lines = ["\(method) \(path) HTTP/1.0", "Host: localhost"] + headers + ["", ""]
        send(lines.joined(separator: "\r\n").utf8)
    }

    func receive() -> [UInt8] { receiveSome(descriptor) ?? [] }

    /// All that comes until the connection ends.
    func response() -> HTTPResponse {
        var bytes: [UInt8] = []
        while case let part = receive(), !part.isEmpty { bytes += part }
        return HTTPResponse(bytes)
    }
}

struct HTTPResponse {
    let status: Int?
    let head: String
    let body: [UInt8]

    init(_ bytes: [UInt8]) {
        let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
        head = String(decoding: bytes[..<(end?.lowerBound ?? bytes.endIndex)], as: UTF8.self)
        body = end.map { Array(bytes[$0.upperBound...]) } ?? []
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}
