import FoundationEssentials
import HTTPClient
import HTTPTypes

/// Atelier's API as a program uses it.
struct APIClient: Sendable {
    let http: HTTPClient
    private let base: HTTPURL

    /// - Parameters:
    ///   - address: Scheme, host and port.
    ///   - certificate: A PEM file with the certificate to trust.
    init(address: String, certificate: String) throws {
        http = HTTPClient(.init(userAgent: "atelier-bench", extraAuthorities: certificate))
        base = try HTTPURL(address)
    }

    /// - Parameters:
    ///   - path: Behind `/api/v1/`.
    ///   - body: JSON, for a POST; a GET when `nil`.
    func request(_ path: String, by token: String? = nil, body: String? = nil) -> HTTPClient.Request
    {
        var request = HTTPClient.Request(
            body == nil ? .get : .post, base.appending(path: "api/v1/" + path),
            body: Array((body ?? "").utf8))
        if let token { request.headers[.authorization] = "Bearer \(token)" }
        if body != nil { request.headers[.contentType] = "application/json" }
        return request
    }

    /// Any page of the server.
    func page(_ path: String) -> HTTPClient.Request {
        HTTPClient.Request(.get, base.appending(path: path))
    }

    /// Sends a request that has to succeed.
    @discardableResult
    func send(_ request: HTTPClient.Request) throws -> [UInt8] {
        let response = try http.send(request)
        guard response.head.status.kind == .successful else {
            let text = String(decoding: response.body.prefix(500), as: UTF8.self)
            throw Failure("\(request): \(response.head.status.code) \(text)")
        }
        return response.body
    }

    func send<Answer: Decodable>(_ request: HTTPClient.Request, for type: Answer.Type) throws
        -> Answer
    {
        try JSONDecoder().decode(type, from: Data(send(request)))
    }
}
