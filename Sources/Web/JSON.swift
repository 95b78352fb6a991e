import FoundationEssentials
public import HTTPTypes
public import JSON

/// JSON in and out, with limits.
public enum JSON {
    /// Decodes one JSON text.
    ///
    /// - Throws: ``Problem/invalidJSON(_:)`` for what is no sound JSON; ``Problem/invalidBody(_:_:)``
    ///   naming the field that is missing or of the wrong type.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws -> Value {
        let text: JSONText
        do { text = try JSONText(bytes) } catch { throw Problem.invalidJSON(error.detail) }
        do {
            return try JSONDecoder().decode(type, from: Data(text.bytes))
        } catch let error as DecodingError {
            throw problem(for: error)
        }
    }

    /// Encodes a value of our own; keys in no particular order, slashes unescaped.
    public static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Only non-finite numbers and non-string keys can fail, and our values hold neither.
        return [UInt8](try! encoder.encode(value))
    }

    private static func problem(for error: DecodingError) -> Problem {
        switch error {
        case .keyNotFound(let key, let context):
            .invalidBody(name(context.codingPath + [key]), "is missing")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            .invalidBody(name(context.codingPath), "must be \(words(for: type))")
        // Its syntax is sound by now: a number is too large, or has a fraction too much.
        case .dataCorrupted(let context):
            .invalidBody(name(context.codingPath), "has a value that is not allowed")
        @unknown default: .invalidJSON("The body is not valid JSON.")
        }
    }

    private static func name(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "The body" : path.map(\.stringValue).joined(separator: ".")
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is Int.Type, is Int64.Type: "a whole number"
        case is Double.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}

extension Request {
    /// The body as JSON.
    ///
    /// The media type must be JSON: a form of another site cannot send that without asking first.
    ///
    /// - Parameter limit: In bytes; what all short fields of a body need, were each byte escaped.
    public func json<Value: Decodable>(
        _ type: Value.Type = Value.self, limit: Int = 1 << 14
    ) throws -> Value {
        try json(type, from: bytes(limit: limit))
    }

    /// A body that has been read already, as JSON.
    public func json<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        let mediaType = (headers[.contentType] ?? "").prefix { $0 != ";" }.trimmingSpaces()
        guard mediaType.lowercased() == "application/json" else {
            throw Problem.unsupportedMediaType
        }
        return try JSON.decode(type, from: body)
    }
}

extension Response {
    /// A value of our own as `application/json`.
    public static func json(
        _ value: some JSONWritable, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status, headers: [.contentType: "application/json"],
            body: .bytes(JSONWriter.bytes(of: value)))
    }

    /// A value of our own as `application/json`.
    public static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status, headers: [.contentType: "application/json"], body: .bytes(JSON.encode(value)))
    }
}
