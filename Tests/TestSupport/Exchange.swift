import Glibc

/// One request, and the means to answer it. Belongs to the handler's thread.
public final class Exchange {
    public let request: LocalServer.Request
    private let socket: Socket

    /// Whether the connection may carry another request after the handler has returned. Set by
    /// ``respond(status:headers:body:)`` and ``endStream()``; without it the connection is closed.
    public var keepsConnection = false

    init(_ request: LocalServer.Request, _ socket: Socket) {
        self.request = request
        self.socket = socket
    }

    // MARK: Raw bytes

    /// Writes `bytes` at once; nothing is buffered.
    ///
    /// - Throws: ``SystemError`` when the client is gone.
    public func write(_ bytes: [UInt8]) throws {
        try socket.send(bytes)
    }

    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes `bytes` in pieces of `size`, each as a packet of its own.
    public func drip(_ bytes: [UInt8], size: Int = 1) throws {
        for start in stride(from: 0, to: bytes.count, by: size) {
            try write(Array(bytes[start..<min(start + size, bytes.count)]))
        }
    }

    public func pause(milliseconds: Int) {
        usleep(UInt32(milliseconds) * 1_000)
    }

    /// Breaks the connection: the client sees a reset, not an end.
    public func reset() {
        socket.reset()
        keepsConnection = false
    }

    /// Waits until the client has closed the connection.
    ///
    /// - Returns: Whether it did so in time.
    public func waitForClientToLeave(milliseconds: Int = 10_000) -> Bool {
        socket.waitForPeerToClose(milliseconds: milliseconds)
    }

    // MARK: Well-formed answers

    /// Answers with a body of known length and keeps the connection.
    public func respond(
        status: Int = 200, headers: [(String, String)] = [("Content-Type", "application/json")],
        body: String = ""
    ) throws {
        try respond(status: status, headers: headers, body: Array(body.utf8))
    }

    public func respond(status: Int, headers: [(String, String)], body: [UInt8]) throws {
        let head = Self.head(status, headers + [("Content-Length", "\(body.count)")])
        try write(Array(head.utf8) + body)
        keepsConnection = true
    }

    /// Writes a head after which ``chunk(_:)`` and ``endStream()`` are to be used.
    public func openStream(
        status: Int = 200, headers: [(String, String)] = [("Content-Type", "text/event-stream")]
    ) throws {
        try write(Self.head(status, headers + [("Transfer-Encoding", "chunked")]))
    }

    /// Writes one chunk of the body, in one packet.
    public func chunk(_ bytes: [UInt8]) throws {
        try write(
            Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + Array("\r\n".utf8))
    }

    public func chunk(_ text: String) throws {
        try chunk(Array(text.utf8))
    }

    /// Writes the last chunk and keeps the connection.
    public func endStream() throws {
        try write("0\r\n\r\n")
        keepsConnection = true
    }

    private static func head(_ status: Int, _ headers: [(String, String)]) -> String {
        "HTTP/1.1 \(status) Status\r\n"
            + headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    }
}
