import CCurl

/// Why a transfer did not end well. An answer with an error status is not such a failure.
public struct HTTPClientError: Error, Sendable, Equatable {
    public enum Code: String, Sendable {
        /// The URL is not acceptable; nothing was done.
        case invalidURL
        /// ``Cancellation/cancel()`` was called.
        case cancelled
        /// The host name has no address, or no name server answered.
        case resolve
        /// No address of the host accepted the connection.
        case connect
        /// ``AddressPolicy/publicOnly`` forbids every address of the host.
        case addressRefused
        /// TLS could not be agreed on.
        case tls
        /// The server's certificate is not trusted, expired, or another host's.
        case certificate
        /// The limit ``HTTPClient/Timeouts/connect`` has passed.
        case connectTimeout
        /// The limit ``HTTPClient/Timeouts/firstByte`` has passed.
        case firstByteTimeout
        /// The limit ``HTTPClient/Timeouts/idle`` has passed.
        case idleTimeout
        /// The limit ``HTTPClient/Timeouts/total`` has passed.
        case totalTimeout
        /// The connection broke while the request was being sent.
        case send
        /// The connection broke while the answer was awaited or received.
        case receive
        /// The connection was closed without a byte of answer.
        case emptyReply
        /// The body ended before its announced end.
        case truncated
        /// The body's `Content-Encoding` could not be undone.
        case encoding
        /// The answer is longer than the caller allows.
        case tooLarge
        /// The peer does not speak HTTP/1.1.
        case `protocol`
        /// Anything else, such as lack of memory.
        case other
    }

    public let code: Code

    /// What libcurl said: for the log, not for a person. May name hosts and ports, never headers.
    public let detail: String

    /// Whether any byte of an answer was received.
    public var responseStarted = false

    /// Whether the server may have got the request, or part of it. `false` means a retry cannot do
    /// anything twice.
    public var requestMayHaveBeenSent = false

    public init(_ code: Code, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    static func invalidURL(_ detail: String) -> Self { Self(.invalidURL, detail: detail) }

    /// https://curl.se/libcurl/c/libcurl-errors.html
    init(_ code: CURLcode, detail: String) {
        self.init(
            Self.codes[code.rawValue] ?? .other,
            detail: detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail)
    }

    private static let codes: [UInt32: Code] = [
        CURLE_UNSUPPORTED_PROTOCOL.rawValue: .protocol,
        CURLE_URL_MALFORMAT.rawValue: .invalidURL,
        CURLE_COULDNT_RESOLVE_PROXY.rawValue: .resolve,
        CURLE_COULDNT_RESOLVE_HOST.rawValue: .resolve,
        CURLE_COULDNT_CONNECT.rawValue: .connect,
        CURLE_WEIRD_SERVER_REPLY.rawValue: .protocol,
        CURLE_HTTP2.rawValue: .protocol,
        CURLE_HTTP2_STREAM.rawValue: .protocol,
        CURLE_PARTIAL_FILE.rawValue: .truncated,
        CURLE_OPERATION_TIMEDOUT.rawValue: .connectTimeout,  // only its connect limit is in use
        CURLE_SSL_CONNECT_ERROR.rawValue: .tls,
        CURLE_SSL_CERTPROBLEM.rawValue: .tls,
        CURLE_SSL_CIPHER.rawValue: .tls,
        CURLE_SSL_CACERT_BADFILE.rawValue: .tls,
        CURLE_SSL_ISSUER_ERROR.rawValue: .certificate,
        CURLE_PEER_FAILED_VERIFICATION.rawValue: .certificate,
        CURLE_GOT_NOTHING.rawValue: .emptyReply,
        CURLE_SEND_ERROR.rawValue: .send,
        CURLE_RECV_ERROR.rawValue: .receive,
        CURLE_BAD_CONTENT_ENCODING.rawValue: .encoding,
    ]
}

extension HTTPClientError: CustomStringConvertible {
    public var description: String {
        detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)"
    }
}
