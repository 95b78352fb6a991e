/// One request and its response; valid only within the call of the handler.
///
/// The response is written as CGI has it (RFC 3875, section 6): header lines with a `Status`, an
/// empty line, the body. It is buffered, up to 8 KiB, until ``flush()`` or the handler's return.
/// A client cannot tell a response that was cut from a whole one unless it has a
/// `Content-Length`, or an end of its own making: give it one.
public final class Exchange {
    /// The CGI variables and headers of the request.
    public let parameters: Parameters
    /// The size of the body in bytes; `nil` when the web server did not say, because there is no
    /// body, or because it passes one on while it arrives.
    public let contentLength: Int?

    let connection: Connection
    private let server: Server
    private(set) var holdsStream = false
    /// Why nothing can be written any more; the connection is closed then.
    private(set) var closed: ResponseError?
    var bodyBytesRead = 0
    var bodyHasEnded = false

    init(
        _ parameters: Parameters, on connection: Connection, of server: Server
    ) throws(Refusal) {
        self.parameters = parameters
        self.connection = connection
        self.server = server
        contentLength = try Self.contentLength(parameters)
    }

    private static func contentLength(_ parameters: Parameters) throws(Refusal) -> Int? {
        guard let text = parameters["CONTENT_LENGTH"], !text.isEmpty else { return nil }
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isDigits, let length = Int(text) else { throw .contentLengthNotANumber }
        return length
    }

    /// Calls the handler and ends the response, whatever has become of it.
    func run(_ handler: Server.Handler) {
        do {
            try handler(self)
            if closed == nil { try finish() }
        } catch {
            abort()
        }
    }
}

// MARK: - The response

/// Why a response cannot be written any further. The first reason stays.
public enum ResponseError: Error, Equatable {
    /// The client, or the web server, has closed the connection.
    case clientGone
    /// The client took nothing for longer than ``Limits/sendTimeout``.
    case clientTooSlow
    /// The handler has called ``Exchange/finish()`` or ``Exchange/abort()``.
    case finished
}

extension Exchange {
    /// Appends to the response.
    ///
    /// Bytes that fit the buffer are not sent, so that a client is found gone only by a later call.
    public func write(_ bytes: RawSpan) throws(ResponseError) {
        try send { connection throws(ResponseError) in try connection.write(bytes) }
    }

    /// Appends to the response.
    public func write(_ bytes: [UInt8]) throws(ResponseError) {
        try write(bytes.span.bytes)
    }

    /// Appends to the response, as UTF-8.
    public func write(_ text: String) throws(ResponseError) {
        try write(text.utf8Span.span.bytes)
    }

    /// Sends what has been written so far.
    public func flush() throws(ResponseError) {
        try send { connection throws(ResponseError) in try connection.flush() }
    }

    /// Sends the rest of the response and closes the connection, ahead of the handler's return.
    ///
    /// The handler may go on working: the client has its answer. A second call does nothing.
    public func finish() throws(ResponseError) {
        if closed == .finished { return }
        try send { connection throws(ResponseError) in
            try connection.finish(wholeInputExpected: hasReadWholeBody)
        }
        closed = .finished
    }

    /// Closes the connection and drops what has not been sent.
    ///
    /// The web server answers 502 if it had no response header yet; else the client sees a
    /// response that falls short of its `Content-Length`.
    public func abort() {
        guard closed == nil else { return }
        closed = .finished
        connection.discard()
    }

    /// libfcgi reports a failure once and feigns success afterwards, so the first one is kept.
    private func send(
        _ operation: (Connection) throws(ResponseError) -> Void
    ) throws(ResponseError) {
        if let closed { throw closed }
        do { try operation(connection) } catch {
            closed = error
            connection.discard()
            throw error
        }
    }
}

// MARK: - The client and the server

extension Exchange {
    /// True when the client no longer waits; asks the kernel, and costs one system call.
    ///
    /// The web server closes its connection to us when a client leaves. True also when the
    /// response is closed, or cut by ``Server/abortRemaining()``.
    public var isClientGone: Bool { closed != nil || connection.isPeerGone() }

    /// True when the server drains: a long response should come to its end.
    public var isDraining: Bool { server.isDraining }

    /// Asks to hold this thread for long, as for an event stream; ends with the handler's return.
    ///
    /// - Returns: False when too few threads would remain for short requests,
    ///   ``Limits/reservedThreads``. Answer 503 with `Retry-After` then.
    public func claimStream() -> Bool {
        if !holdsStream { holdsStream = server.claimStream() }
        return holdsStream
    }
}
