import Glibc
import Threads

/// What the threads of a ``LocalServer`` share.
final class ServerCore: Sendable {
    private struct State {
        var listener: Socket?
        var isStopped = false
        var open: [Int32: Socket] = [:]
        var threads: [JoinableThread] = []
        var recorded: [LocalServer.Request] = []
        var accepted = 0
    }

    private let handler: LocalServer.Handler
    private let state = Monitor(State())

    init(_ handler: @escaping LocalServer.Handler) {
        self.handler = handler
    }

    var requests: [LocalServer.Request] { state.withLock { $0.recorded } }
    var connectionCount: Int { state.withLock { $0.accepted } }

    func setListener(_ socket: Socket) {
        state.withLock { $0.listener = socket }
    }

    func accept(from listener: Socket) {
        while let connection = listener.accept() {
            state.withLock { state in
                state.accepted += 1
                guard !state.isStopped else { return connection.close() }
                state.open[connection.descriptor] = connection
                state.threads.append(JoinableThread { [self] in serve(connection) })
            }
        }
    }

    private func serve(_ connection: Socket) {
        var reader = RequestReader(connection)
        while let request = reader.next() {
            state.withLock { $0.recorded.append(request) }
            let exchange = Exchange(request, connection)
            guard (try? handler(exchange)) != nil, exchange.keepsConnection else { break }
        }
        // Off the list first: the number may belong to another connection once it is closed.
        _ = state.withLock { $0.open.removeValue(forKey: connection.descriptor) }
        connection.close()
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.listener?.shutdown()
            for connection in state.open.values { connection.shutdown() }
        }
    }

    func joinConnections() {
        for thread in state.withLock({ $0.threads }) { thread.join() }
        state.withLock { state in
            state.threads = []
            state.listener?.close()
            state.listener = nil
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
