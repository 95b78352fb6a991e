public import HTTPTypes
public import JSON

/// A failure that the client may see, as a problem document (RFC 9457).
///
/// Any other error that reaches ``Application`` is logged in full and answered as ``internal``.
public struct Problem: Error, Sendable {
    /// Stable: clients switch on the code, never on a text.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }
    }

    /// What is wrong with one field of the body or one parameter.
    public struct FieldFault: Sendable, Equatable, JSONObject {
        public let field: String
        public let message: String

        public init(field: String, message: String) {
            self.field = field
            self.message = message
        }

        public func writeMembers(to json: inout JSONWriter) {
            json.member("field", field)
            json.member("message", message)
        }
    }

    /// What another server said, where it is its failure that is passed on: the member
    /// `provider_error` of the document. Any of it may be missing.
    public struct Reason: Sendable, Equatable, JSONObject {
        /// Its HTTP status, or the one its words claim.
        public var status: Int?
        /// Its own words, short and without secrets.
        public var message: String?
        /// The id under which it knows the request.
        public var requestID: String?

        public init(status: Int?, message: String?, requestID: String?) {
            self.status = status
            self.message = message
            self.requestID = requestID
        }

        /// As it was written.
        public init(_ json: JSONValue) {
            self.init(
                status: json["status"].integer, message: json["message"].text,
                requestID: json["request_id"].text)
        }

        public func writeMembers(to json: inout JSONWriter) {
            json.member("status", ifAny: status)
            json.member("message", ifAny: message)
            json.member("request_id", ifAny: requestID)
        }
    }

    public let status: HTTPResponse.Status
    public let code: Code
    /// For a person: what happened, what is safe, what to do next. No SQL, paths or keys.
    public let detail: String
    public var faults: [FieldFault] = []
    public var reason: Reason?
    /// Sent beside the document, such as `Retry-After`.
    public var headers: HTTPFields = [:]
    /// For the log alone; never encoded.
    public var cause: (any Error)?

    public init(
        _ status: HTTPResponse.Status, _ code: Code, _ detail: String, faults: [FieldFault] = [],
        headers: HTTPFields = [:], cause: (any Error)? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = headers
        self.cause = cause
    }
}

extension Problem {
    public static func notFound(_ what: String = "page") -> Problem {
        Problem(.notFound, "not_found", "There is no such \(what), or it is not yours to see.")
    }

    public static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(
            .methodNotAllowed, "method_not_allowed", "This address takes \(allowed).",
            headers: [.allow: allowed])
    }

    public static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "body_too_large",
            "The request may hold \(limit) bytes. Shorten it and try again.")
    }

    public static var incompleteBody: Problem {
        Problem(.badRequest, "incomplete_body", "The request ended before all of it had arrived.")
    }

    public static var unsupportedMediaType: Problem {
        Problem(
            .unsupportedMediaType, "unsupported_media_type",
            "Send the body as application/json.")
    }

    public static func invalidJSON(_ detail: String) -> Problem {
        Problem(.badRequest, "invalid_json", detail)
    }

    /// The body is sound JSON, but not what the route takes.
    public static func invalidBody(_ field: String, _ message: String) -> Problem {
        Problem(
            .unprocessableContent, "invalid_body", "\(field) \(message).",
            faults: [FieldFault(field: field, message: message)])
    }

    public static func invalidParameter(_ name: String, _ message: String) -> Problem {
        Problem(
            .badRequest, "invalid_parameter", "The parameter \(name) \(message).",
            faults: [FieldFault(field: name, message: message)])
    }

    /// The request is none that any route could answer.
    public static var invalidRequest: Problem {
        Problem(
            .badRequest, "invalid_request",
            "The method or a header field of the request is not sound, or stands there twice.")
    }

    /// The part of the address behind the `?` cannot be read.
    public static var invalidQuery: Problem {
        Problem(
            .badRequest, "invalid_query",
            "What stands behind the ? of the address is not percent-encoded UTF-8 text.")
    }

    /// Every thread that may be held for long is held.
    public static var busy: Problem {
        Problem(
            .serviceUnavailable, "busy",
            "Too many answers are being written right now. Nothing was stored; try again in a moment.",
            headers: [.retryAfter: "2"])
    }

    public static var crossSite: Problem {
        Problem(
            .forbidden, "cross_site",
            "This request came from another site, so it was refused. Open Atelier itself and try again."
        )
    }

    /// Answered for everything unforeseen; the log has the cause under the request id.
    public static func `internal`(cause: any Error) -> Problem {
        Problem(
            .internalServerError, "internal",
            "Something went wrong here. It has been logged; try again, and tell the administrator the request id if it stays.",
            cause: cause)
    }
}

// MARK: - The document

extension Problem {
    /// The problem as it stands in a document or a stream event.
    public struct Document: JSONObject, Sendable {
        let problem: Problem
        let requestID: String?

        public func writeMembers(to json: inout JSONWriter) {
            json.member("type", "about:blank")
            json.member("title", problem.status.reasonPhrase)
            json.member("status", problem.status.code)
            json.member("detail", problem.detail)
            json.member("code", problem.code.rawValue)
            json.member("request_id", ifAny: requestID)
            json.member("errors", ifAny: problem.faults.isEmpty ? nil : problem.faults)
            json.member("provider_error", ifAny: problem.reason)
        }
    }

    public func document(requestID: String?) -> Document {
        Document(problem: self, requestID: requestID)
    }

    /// The answer that carries the document.
    public func response(requestID: String) -> Response {
        var fields = headers
        fields[.contentType] = "application/problem+json"
        return Response(
            status, headers: fields,
            body: .bytes(JSONWriter.bytes(of: document(requestID: requestID))))
    }
}
