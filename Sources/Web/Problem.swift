public import HTTPTypes

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
    public struct FieldFault: Sendable, Encodable, Equatable {
        public let field: String
        public let message: String

        public init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    /// What another server said, where it is its failure that is passed on: the member
    /// `provider_error` of the document. Any of it may be missing.
    public struct Reason: Sendable, Codable, Equatable {
        /// Its HTTP status, or the one its words claim.
        public var status: Int?
        /// Its own words, short and without secrets.
        public var message: String?
        /// The id under which it knows the request.
        public var requestID: String?

        enum CodingKeys: String, CodingKey {
            case status, message
            case requestID = "request_id"
        }

        public init(status: Int?, message: String?, requestID: String?) {
            self.status = status
            self.message = message
            self.requestID = requestID
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
    public struct Document: Encodable, Sendable {
        let status: Int
        let title: String
        let detail: String
        let code: String
        let requestID: String?
        let errors: [FieldFault]?
        let reason: Reason?

        enum CodingKeys: String, CodingKey {
            case type, status, title, detail, code, errors
            case requestID = "request_id"
            case reason = "provider_error"
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("about:blank", forKey: .type)
            try container.encode(title, forKey: .title)
            try container.encode(status, forKey: .status)
            try container.encode(detail, forKey: .detail)
            try container.encode(code, forKey: .code)
            try container.encodeIfPresent(requestID, forKey: .requestID)
            try container.encodeIfPresent(errors, forKey: .errors)
            try container.encodeIfPresent(reason, forKey: .reason)
        }
    }

    public func document(requestID: String?) -> Document {
        Document(
            status: status.code, title: status.reasonPhrase, detail: detail, code: code.rawValue,
            requestID: requestID, errors: faults.isEmpty ? nil : faults,
            reason: reason)
    }

    /// The answer that carries the document.
    public func response(requestID: String) -> Response {
        var fields = headers
        fields[.contentType] = "application/problem+json"
        return Response(
            status, headers: fields, body: .bytes(JSON.encode(document(requestID: requestID))))
    }
}
