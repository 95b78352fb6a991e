import Glibc

/// What the threads of a ``LocalServer`` share.
final class ServerCore: @unchecked Sendable {
    private let handler: LocalServer.Handler
    private let lock = Lock()
    // Guarded by the lock.
    private var listener: Socket?
    private var isStopped = false
    private var open: [Int32: Socket] = [:]
    private var threads: [JoinableThread] = []
    private var recorded: [LocalServer.Request] = []
    private var accepted = 0

    init(_ handler: @escaping LocalServer.Handler) {
        self.handler = handler
    }

    var requests: [LocalServer.Request] { lock.withLock { recorded } }
    var connectionCount: Int { lock.withLock { accepted } }

    func setListener(_ socket: Socket) {
        lock.withLock { listener = socket }
    }

    func accept(from listener: Socket) {
        while let connection = listener.accept() {
            lock.withLock {
                accepted += 1
                guard !isStopped else { return connection.close() }
                open[connection.descriptor] = connection
                threads.append(JoinableThread { [self] in serve(connection) })
            }
        }
    }

    private func serve(_ connection: Socket) {
        var reader = RequestReader(connection)
        while let request = reader.next() {
            lock.withLock { recorded.append(request) }
            let exchange = Exchange(request, connection)
            guard (try? handler(exchange)) != nil, exchange.keepsConnection else { break }
        }
        // Off the list first: the number may belong to another connection once it is closed.
        _ = lock.withLock { open.removeValue(forKey: connection.descriptor) }
        connection.close()
    }

    func stop() {
        lock.withLock {
            isStopped = true
            listener?.shutdown()
            for connection in open.values { connection.shutdown() }
        }
    }

    func joinConnections() {
        let threads = lock.withLock { self.threads }
        for thread in threads { thread.join() }
        lock.withLock {
            self.threads = []
            listener?.close()
            listener = nil
        }
    }
}

/// Reads one request after the other from a connection.
struct RequestReader {
    private let socket: Socket
    private var buffer: [UInt8] = []

    init(_ socket: Socket) {
        self.socket = socket
    }

    /// The next request with its whole body; `nil` once the peer has closed.
    mutating func next() -> LocalServer.Request? {
        while true {
            if let end = headEnd() { return finish(head: end) }
            guard let bytes = socket.receive() else { return nil }
            buffer += bytes
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (0...(buffer.count - 4)).first {
            buffer[$0..<($0 + 4)].elementsEqual("\r\n\r\n".utf8)
        }
    }

    private mutating func finish(head end: Int) -> LocalServer.Request? {
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }
            .flatMap { Int($0.value) }
        let bodyEnd = end + 4 + (length ?? 0)
        while buffer.count < bodyEnd {
            guard let bytes = socket.receive() else { return nil }
            buffer += bytes
        }
        let body = Array(buffer[(end + 4)..<bodyEnd])
        buffer.removeFirst(bodyEnd)
        return LocalServer.Request(
            method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }
}
