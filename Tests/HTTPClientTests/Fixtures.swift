import HTTPClient
import HTTPTypes
import TestSupport
import Testing

/// Limits that no test should reach.
let patient = HTTPClient.Timeouts(
    connect: .seconds(20), firstByte: .seconds(20), idle: .seconds(20), total: .seconds(60))

func request(
    _ method: HTTPRequest.Method, _ server: LocalServer, _ path: String = "",
    headers: HTTPFields = [:], body: [UInt8] = []
) throws -> HTTPClient.Request {
    var request = HTTPClient.Request(
        method, try HTTPURL(server.url + "/" + path, allowPlainHTTP: true), headers: headers,
        body: body)
    request.timeouts = patient
    return request
}

func request(
    _ server: LocalServer, _ path: String = "", headers: HTTPFields = [:]
) throws -> HTTPClient.Request {
    try request(.get, server, path, headers: headers)
}

/// Runs `body`, which must fail with an ``HTTPClientError``.
func failure(_ body: () throws -> Void) throws -> HTTPClientError {
    try #require(throws: HTTPClientError.self, performing: body)
}

extension HTTPClient {
    /// Streams, collecting the pieces as text.
    func pieces(_ request: Request, cancellation: Cancellation = Cancellation()) throws -> [String]
    {
        var pieces: [String] = []
        try stream(request, cancellation: cancellation) { _ in
        } onBody: {
            pieces.append(String(decoding: $0, as: UTF8.self))
            return .more
        }
        return pieces
    }
}
