import HTTPTypes
import Web

/// An error as OpenRouter answers it.
struct Failure: Error {
    let status: Int
    let message: String
    var metadata: JSONLiteral?
    var headers: HTTPFields = [:]
    /// Whether the answer names the account, as OpenRouter does once it knows it.
    var namesAccount = true

    /// The `error` object.
    var error: JSONLiteral {
        let metadata: JSONLiteral = if let metadata { #","metadata":\#(metadata)"# } else { "" }
        return #"{"message":\#(message),"code":\#(status)\#(metadata)}"#
    }

    var response: Response {
        let account: JSONLiteral = namesAccount ? #","user_id":"user_demo""# : ""
        return .json(
            text: #"{"error":\#(error)\#(account)}"#,
            status: HTTPResponse.Status(integerLiteral: status), headers: headers)
    }

    static let missingKey = Failure(
        status: 401, message: "Missing Authentication header", namesAccount: false)

    static func unknownModel(_ id: String) -> Failure {
        Failure(
            status: 400, message: "\(id) is not a valid model ID",
            metadata: #"{"error_type":"invalid_request"}"#)
    }

    static func contextTooLong(_ tokens: Int, limit: Int) -> Failure {
        Failure(
            status: 400,
            message:
                "This endpoint's maximum context length is \(limit) tokens. However, you requested about \(tokens) tokens.",
            metadata: #"{"error_type":"context_length_exceeded"}"#)
    }

    /// The usual error of a status.
    ///
    /// - Returns: `nil` when OpenRouter answers no such status.
    static func usual(_ status: Int) -> Failure? {
        guard let (message, type) = usualErrors[status] else { return nil }
        return Failure(status: status, message: message, metadata: #"{"error_type":\#(type)}"#)
    }

    private static let usualErrors: [Int: (message: String, type: String)] = [
        400: ("Invalid request parameters", "invalid_request"),
        401: ("User not found.", "authentication"),
        402: (
            "This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only afford 100.",
            "payment_required"
        ),
        403: ("Access forbidden by your account's settings", "permission_denied"),
        404: ("No endpoints found matching your data policy.", "not_found"),
        408: ("Operation timed out. Please try again later.", "timeout"),
        409: ("Conflict", "invalid_request"),
        410: ("Gone", "not_found"),
        412: ("Precondition failed", "precondition_failed"),
        413: ("Request payload too large", "payload_too_large"),
        422: ("Invalid argument", "unprocessable"),
        429: ("Rate limit exceeded", "rate_limit_exceeded"),
        500: ("Internal Server Error", "server"),
        502: ("Provider returned error", "provider_unavailable"),
        503: ("Service temporarily unavailable", "provider_unavailable"),
        504: ("Upstream timed out", "timeout"),
        524: ("Request timed out. Please try again later.", "timeout"),
        529: ("Provider returned error", "provider_overloaded"),
    ]
}

extension Failure {
    /// A fault that `Web` found in the request.
    init(_ problem: Problem) {
        let status = problem.status == .unprocessableContent ? 400 : problem.status.code
        self.init(
            status: status, message: problem.detail, metadata: Self.usual(status)?.metadata,
            headers: problem.headers)
    }
}

extension Response {
    /// JSON that is written already.
    static func json(
        text: JSONLiteral, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status, headers: headers, body: .bytes(text.bytes))
    }
}
