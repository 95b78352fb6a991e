public import HTTPTypes

/// What a handler answers.
public struct Response {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: Body
    /// Work that goes on when the client has its whole answer; never runs when answering failed
    /// before it began. Runs on the same thread, which counts as busy until it returns.
    public var afterwards: (() -> Void)?

    public enum Body {
        /// No content. The transport sends no `Content-Length` for 204 and 304.
        case empty
        /// Sent with `Content-Length`, so that a cut answer is seen as cut.
        case bytes([UInt8])
        /// Written by the closure while the client reads; it ends when the closure returns.
        case stream((any ResponseWriter) throws -> Void)
    }

    public init(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .empty
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Keeps something until the client has its whole answer, or the answer is given up.
    public mutating func hold(_ object: AnyObject?) {
        guard let object else { return }
        afterwards = { [afterwards] in
            withExtendedLifetime(object) {}
            afterwards?()
        }
    }

    /// Plain text in UTF-8.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .bytes([UInt8](text.utf8))
        )
    }

    /// 204.
    public static var noContent: Response { Response(.noContent) }
}

/// Where a streaming body is written.
///
/// Both calls throw ``ClientGone`` once the client cannot be reached any more; every later call
/// throws it again.
public protocol ResponseWriter: AnyObject {
    func write(_ bytes: [UInt8]) throws(ClientGone)
    /// Sends what was written so far.
    func flush() throws(ClientGone)
    /// Whether the client has closed its connection; found out without writing.
    var isClientGone: Bool { get }
}

/// The client closed its connection, or stopped reading for too long.
public struct ClientGone: Error {
    public init() {}
}
