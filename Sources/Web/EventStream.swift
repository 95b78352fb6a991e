import FoundationEssentials
public import HTTPTypes

/// Writes server-sent events (WHATWG HTML, section 9.2).
///
/// Each event goes out at once. Not thread-safe: one writer, one thread.
public final class EventStream {
    private let writer: any ResponseWriter
    private let isWanted: () -> Bool
    private var buffer: [UInt8] = []
    private var lastSent = ContinuousClock.now
    private var lastAsked = ContinuousClock.now

    /// Proxies close a connection that is quiet for longer.
    private static let longestSilence = Duration.seconds(15)
    /// With five seconds between two calls, the end of a session ends its streams within 15.
    private static let askingPause = Duration.seconds(10)

    /// - Parameter isWanted: Asked now and then while the stream is open; `false` ends it as if the
    ///   client had gone.
    public init(_ writer: any ResponseWriter, while isWanted: @escaping () -> Bool = { true }) {
        self.writer = writer
        self.isWanted = isWanted
    }

    /// Sends one event.
    ///
    /// - Parameters:
    ///   - id: What a client sends back as `Last-Event-ID`; must hold no line break.
    ///   - data: One line; JSON as we encode it never holds a line break.
    public func send(id: some StringProtocol, event: String, data: some Sequence<UInt8>)
        throws(ClientGone)
    {
        try requireWanted()
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
        lastSent = .now
    }

    /// Sends a comment, which keeps proxies from closing a quiet connection.
    public func keepAlive() throws(ClientGone) {
        try writer.write([UInt8](": keep-alive\n\n".utf8))
        try writer.flush()
        lastSent = .now
    }

    /// To be called every five seconds at least while there is nothing to send: sends a comment when
    /// the connection has been quiet for long.
    public func idle() throws(ClientGone) {
        try requireWanted()
        if .now - lastSent >= Self.longestSilence { try keepAlive() }
    }

    private func requireWanted() throws(ClientGone) {
        guard .now - lastAsked >= Self.askingPause else { return }
        lastAsked = .now
        guard isWanted() else { throw ClientGone() }
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
    public static func events(
        while isWanted: @escaping () -> Bool = { true },
        _ body: @escaping (EventStream) throws -> Void
    ) -> Response {
        Response(
            headers: [.contentType: "text/event-stream", .xAccelBuffering: "no"],
            body: .stream { try body(EventStream($0, while: isWanted)) })
    }
}
