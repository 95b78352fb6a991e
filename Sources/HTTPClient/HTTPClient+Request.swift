public import HTTPTypes

extension HTTPClient {
    /// What to send, and what to put up with while waiting for the answer.
    public struct Request: Sendable {
        public var method: HTTPRequest.Method
        public var url: HTTPURL

        /// Sent as they are. `Host`, `Content-Length` and `Accept-Encoding` are added.
        public var headers: HTTPFields

        /// The body. Empty means none, except for `POST`, which then sends a body of no bytes.
        public var body: [UInt8]

        public var timeouts = Timeouts()
        public var addresses = AddressPolicy.any

        /// Whether the server may compress its answer. Off for event streams: a proxy that
        /// compresses holds events back. An answer that is compressed is decoded in either case.
        public var acceptsCompression = true

        /// The most bytes of body, after decoding, that are taken.
        public var maximumResponseBytes = 64 << 20

        /// Whether it does no harm if the server gets it twice (RFC 9110, section 9.2.1). Any other
        /// request has a connection of its own, on which it goes out once or fails.
        var mayBeRepeated: Bool { method == .get || method == .head }

        public init(
            _ method: HTTPRequest.Method, _ url: HTTPURL, headers: HTTPFields = [:],
            body: [UInt8] = []
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    /// Limits of patience, all kept by the client's own clock.
    public struct Timeouts: Sendable, Equatable {
        /// From the start to a connection that is ready for the request, TLS included.
        public var connect: Duration

        /// From the last byte of the request to the first byte of the answer.
        public var firstByte: Duration

        /// Between any two reads of the answer. Waiting for the caller's own code does not count.
        public var idle: Duration

        /// For everything. `nil` is no limit, as for a stream.
        public var total: Duration?

        public init(
            connect: Duration = .seconds(10), firstByte: Duration = .seconds(60),
            idle: Duration = .seconds(60), total: Duration? = nil
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.idle = idle
            self.total = total
        }
    }

    /// A whole answer, of any status.
    public struct Response: Sendable {
        public let head: HTTPResponse
        public let body: [UInt8]
    }

    /// What a reader of a body wants next.
    public enum Demand: Sendable {
        /// Go on.
        case more

        /// The rest is of no interest. The transfer gets a moment to end by itself, which keeps its
        /// connection good for the next request; then it is cut.
        case enough
    }
}

extension HTTPClient.Request: CustomStringConvertible, CustomReflectable {
    /// Method and URL alone: headers may hold keys, bodies may hold anything.
    public var description: String { "\(method.rawValue) \(url)" }

    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}
