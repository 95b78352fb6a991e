import FoundationEssentials
public import HTTPTypes

/// Writes server-sent events (WHATWG HTML, section 9.2).
///
/// Each event goes out at once. Not thread-safe: one writer, one thread.
public final class EventStream {
    private let writer: any ResponseWriter
    private var buffer: [UInt8] = []

    public init(_ writer: any ResponseWriter) {
        self.writer = writer
    }

    /// Sends one event.
    ///
    /// - Parameters:
    ///   - id: What a client sends back as `Last-Event-ID`; must hold no line break.
    ///   - data: One line; JSON as we encode it never holds a line break.
    public func send(id: some StringProtocol, event: String, data: some Sequence<UInt8>)
        throws(ClientGone)
    {
        buffer.removeAll(keepingCapacity: true)
        buffer += "id: ".utf8
        buffer += id.utf8
        buffer += "\nevent: ".utf8
        buffer += event.utf8
        buffer += "\ndata: ".utf8
        buffer += data
        buffer += "\n\n".utf8
        try writer.write(buffer)
        try writer.flush()
    }

    /// Sends a comment, which keeps proxies from closing a quiet connection.
    public func keepAlive() throws(ClientGone) {
        try writer.write([UInt8](": keep-alive\n\n".utf8))
        try writer.flush()
    }

    public var isClientGone: Bool { writer.isClientGone }
}

extension HTTPField.Name {
    static let xAccelBuffering = Self("X-Accel-Buffering")!
    /// Where a reconnecting client stopped reading (WHATWG HTML, section 9.2.4).
    public static let lastEventID = Self("Last-Event-ID")!
}

extension Response {
    /// A stream of events; `body` runs while the client reads.
    ///
    /// nginx passes it on unbuffered because of `X-Accel-Buffering: no`.
    public static func events(_ body: @escaping (EventStream) throws -> Void) -> Response {
        Response(
            headers: [.contentType: "text/event-stream", .xAccelBuffering: "no"],
            body: .stream { try body(EventStream($0)) })
    }
}
