import Glibc

/// An HTTP/1.1 server on a free port of the loopback interface whose answers a test writes itself,
/// byte by byte if need be: wrong lengths, cut bodies, resets and silence included.
///
///     let server = try LocalServer { exchange in
///         try exchange.respond(status: 200, body: "hello, \(exchange.request.target)")
///     }
///     … server.url …
///
/// Each connection has a thread of its own, which runs the handler once for every request. The
/// server stops when it is released.
public final class LocalServer: Sendable {
    public typealias Handler = @Sendable (Exchange) throws -> Void

    /// A request as it came in.
    public struct Request: Sendable {
        public let method: String
        /// Path and query, still encoded.
        public let target: String
        public let headers: [(name: String, value: String)]
        public let body: [UInt8]

        /// The first value of a header, whose name may be in any case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        public var bodyText: String { String(decoding: body, as: UTF8.self) }
    }

    public let port: Int
    private let core: ServerCore
    private let acceptor: JoinableThread

    /// Listens, and answers with `handler`. What the handler throws ends the connection.
    ///
    /// - Throws: ``SystemError`` when no socket is to be had.
    public init(_ handler: @escaping Handler) throws {
        let listener = try Socket.listeningOnLoopback()
        port = try listener.localPort()
        let core = ServerCore(handler)
        self.core = core
        acceptor = JoinableThread { core.accept(from: listener) }
        core.setListener(listener)
    }

    deinit {
        stop()
    }

    /// `http://127.0.0.1:PORT`
    public var url: String { "http://127.0.0.1:\(port)" }

    /// All requests so far, in the order in which they were complete.
    public var requests: [Request] { core.requests }

    /// How many connections were opened so far.
    public var connectionCount: Int { core.connectionCount }

    /// Closes the port and all connections, and waits for their threads.
    public func stop() {
        core.stop()
        acceptor.join()
        core.joinConnections()
    }
}
