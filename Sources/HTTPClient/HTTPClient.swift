import CCurl
public import HTTPTypes

/// An HTTP/1.1 client on libcurl: blocking calls for plain threads.
///
/// A call runs wholly on the calling thread, including the closures it is given. Redirects are never
/// followed, cookies never kept, certificates always checked, and the proxy variables of the
/// environment not read. HTTP/1.1 is enough, since a connection carries one transfer at a time.
///
/// Kept connections live in a pool of handles for the whole client; see ``HandlePool``. Only requests
/// that may be repeated use them: a `POST` is sent once, on a connection of its own.
public final class HTTPClient: Sendable {
    public struct Configuration: Sendable {
        /// Sent as `User-Agent` unless a request sets its own.
        public var userAgent: String

        /// A PEM file of certificate authorities to trust beside the system's.
        public var extraAuthorities: String?

        /// The proxy for requests under ``AddressPolicy/any``, as in CURLOPT_PROXY(3).
        public var proxy: String?

        public init(
            userAgent: String = "Atelier", extraAuthorities: String? = nil, proxy: String? = nil
        ) {
            self.userAgent = userAgent
            self.extraAuthorities = extraAuthorities
            self.proxy = proxy
        }
    }

    /// The longest time between two calls of `onPause`.
    public static let longestPause = Duration.seconds(5)

    let configuration: Configuration
    private let pool = HandlePool()

    /// libcurl's one-time set-up. It is safe from any thread in Debian's build.
    private static let initialized: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        _ = Self.initialized
    }

    /// Sends `request` and returns the whole answer, whatever its status.
    public func send(_ request: Request, cancellation: Cancellation = Cancellation())
        throws(HTTPClientError) -> Response
    {
        var head: HTTPResponse?
        var body: [UInt8] = []
        do {
            try stream(request, cancellation: cancellation) {
                head = $0
            } onBody: {
                body += $0
                return .more
            }
        } catch let error as HTTPClientError {
            throw error
        } catch {
            throw HTTPClientError(.other, detail: "\(error)")
        }
        guard let head else { throw HTTPClientError(.protocol, detail: "no response head") }
        return Response(head: head, body: body)
    }

    /// Sends `request` and hands the answer over as it arrives.
    ///
    /// What was received before a failure is handed over before the failure is thrown.
    ///
    /// - Parameters:
    ///   - onHead: Called once, with the status and headers of the final response.
    ///   - onBody: Called with each piece of the decoded body; the bytes are valid during the call.
    ///     While it runs nothing is read, so a slow caller slows the server down.
    ///   - onPause: Called whenever nothing more is at hand, before waiting for more: after each read,
    ///     and every ``longestPause`` of silence.
    /// - Throws: ``HTTPClientError``, or what one of the closures threw, which ends the transfer.
    public func stream(
        _ request: Request, cancellation: Cancellation = Cancellation(),
        onHead: (HTTPResponse) throws -> Void,
        onBody: (UnsafeRawBufferPointer) throws -> Demand, onPause: () throws -> Void = {}
    ) throws {
        let handle = try pool.take(for: request.url.origin)
        defer { pool.put(handle) }
        let transfer = Transfer(handle, request)
        try request.body.withUnsafeBufferPointer { body in
            defer { transfer.finish() }
            try transfer.prepare(configuration, body: body)
            try cancellation.withHandler { [multi = handle.multi] in
                curl_multi_wakeup(multi.pointer)
            } _: {
                try transfer.run(
                    cancellation, onHead: onHead, onBody: onBody, onPause: onPause)
            }
        }
    }
}
