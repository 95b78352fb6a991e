public import HTTPTypes

/// One HTTP request, whatever transport it came by.
///
/// The transport normalises what it can: the path is the decoded, dot-free path that the web server
/// matched its own locations against, so that both agree on what was asked for.
public struct Request {
    /// Unique per request; in every log line, in the answer and in each problem document.
    public let id: String
    public let method: HTTPRequest.Method
    /// Begins with `/`, percent-decoded, without query.
    public let path: String
    public let query: QueryParameters
    /// Repeated fields stay repeated; `Cookie` fields are joined by the transport (RFC 9113, 8.2.3).
    public let headers: HTTPFields
    /// The address of the peer as the web server saw it, without port.
    public let remoteAddress: String
    /// What the router found in the path; see ``parameter(_:as:)``.
    public internal(set) var parameters: [String: String] = [:]
    public let trace: RequestTrace
    let body: any RequestBody
    private let admission: () -> Bool

    public init(
        id: String,
        method: HTTPRequest.Method,
        path: String,
        query: QueryParameters = QueryParameters(""),
        headers: HTTPFields = [:],
        remoteAddress: String = "127.0.0.1",
        body: any RequestBody = BufferedBody([]),
        trace: RequestTrace = RequestTrace(),
        admission: @escaping () -> Bool = { true }
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.remoteAddress = remoteAddress
        self.body = body
        self.trace = trace
        self.admission = admission
    }

    /// Asks to hold the serving thread for long, as for a stream or a generation.
    ///
    /// - Throws: ``Problem/busy`` when too few threads would be left for short requests. Ask before
    ///   anything is written.
    public func admitLongWork() throws(Problem) {
        guard admission() else { throw .busy }
    }

    /// A parameter of the matched path, as the type the handler works with.
    ///
    /// - Throws: ``Problem/notFound(_:)`` when the text is not a `Value`: an id that cannot exist
    ///   is answered like one that does not.
    public func parameter<Value: LosslessStringConvertible>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(Problem) -> Value {
        guard let value = parameters[name].flatMap(Value.init) else { throw .notFound() }
        return value
    }

    /// The whole body.
    ///
    /// - Parameter limit: The largest size accepted, in bytes.
    /// - Throws: ``Problem/bodyTooLarge(limit:)`` before the body is read when its announced length
    ///   is too large; ``Problem/incompleteBody`` when the client stopped sending.
    public func bytes(limit: Int) throws -> [UInt8] {
        try body.bytes(limit: limit)
    }

    /// Whether the request asks the server to change something (RFC 9110, 9.2.1: not a safe method).
    public var isWrite: Bool {
        switch method {
        case .get, .head, .options, .trace: false
        default: true
        }
    }

    /// Whether the client names a media type in `Accept`; parameters and wildcards are not weighed.
    public func accepts(_ mediaType: String) -> Bool {
        headers[values: .accept].contains { field in
            field.split(separator: ",").contains { mediaRange in
                mediaRange.prefix { $0 != ";" }.trimmingSpaces().lowercased() == mediaType
            }
        }
    }
}

/// A source of body bytes that is read at most once.
public protocol RequestBody {
    /// The whole body; throws a ``Problem`` when it is larger than `limit` bytes or cut off.
    func bytes(limit: Int) throws -> [UInt8]
}

/// A body that is in memory already.
public struct BufferedBody: RequestBody {
    private let content: [UInt8]

    public init(_ content: [UInt8]) {
        self.content = content
    }

    public func bytes(limit: Int) throws -> [UInt8] {
        guard content.count <= limit else { throw Problem.bodyTooLarge(limit: limit) }
        return content
    }
}
