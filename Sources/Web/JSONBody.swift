public import HTTPTypes
public import JSON

/// The object that a client sends, or one within it; what is not as the route takes it is told by its
/// name.
public struct JSONBody: Sendable {
    private let object: JSONValue
    /// Of this object within the body; empty for the body itself.
    private let path: String

    /// - Throws: ``Problem/invalidJSON(_:)`` for what is no sound JSON; ``Problem/invalidBody(_:_:)``
    ///   for what is no object.
    public init(_ bytes: [UInt8]) throws(Problem) {
        let text: JSONText
        do { text = try JSONText(bytes) } catch { throw .invalidJSON(error.detail) }
        try self.init(text.value, at: "")
    }

    private init(_ value: JSONValue, at path: String) throws(Problem) {
        guard value.isObject else {
            throw .invalidBody(path.isEmpty ? "The body" : path, "must be an object")
        }
        object = value
        self.path = path
    }

    /// Whether there is such a member, be it `null`.
    public func contains(_ name: String) -> Bool { object.contains(name) }

    /// A member of any type; `null` when there is none.
    public func value(_ name: String) -> JSONValue { object[name] }

    // MARK: Members that must be there

    public func text(_ name: String) throws(Problem) -> String {
        try Self.text(member(name), at: place(name))
    }

    public func integer(_ name: String) throws(Problem) -> Int {
        try Self.integer(member(name), at: place(name))
    }

    /// A list of objects.
    public func objects(_ name: String) throws(Problem) -> [JSONBody] {
        try Self.elements(member(name), at: place(name)) { value, place throws(Problem) in
            try JSONBody(value, at: place)
        }
    }

    // MARK: Members that may be missing or null

    public func text(ifAny name: String) throws(Problem) -> String? {
        guard let value = given(name) else { return nil }
        return try Self.text(value, at: place(name))
    }

    public func integer(ifAny name: String) throws(Problem) -> Int? {
        guard let value = given(name) else { return nil }
        return try Self.integer(value, at: place(name))
    }

    public func flag(ifAny name: String) throws(Problem) -> Bool? {
        guard let value = given(name) else { return nil }
        guard let flag = value.bool else {
            throw .invalidBody(place(name), "must be true or false")
        }
        return flag
    }

    public func texts(ifAny name: String) throws(Problem) -> [String]? {
        guard let value = given(name) else { return nil }
        return try Self.elements(value, at: place(name), Self.text)
    }

    public func object(ifAny name: String) throws(Problem) -> JSONBody? {
        guard let value = given(name) else { return nil }
        return try JSONBody(value, at: place(name))
    }

    // MARK: Values

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func member(_ name: String) throws(Problem) -> JSONValue {
        guard contains(name) else { throw .invalidBody(place(name), "is missing") }
        return object[name]
    }

    private func given(_ name: String) -> JSONValue? {
        let value = object[name]
        if case .null = value { return nil }
        return value
    }

    private static func text(_ value: JSONValue, at place: String) throws(Problem) -> String {
        switch value {
        case .string(let text): return text
        // A character may be written as a pair of escapes.
        case .broken(let bytes): return TextJoiner.repaired(bytes)
        default: throw .invalidBody(place, "must be a text")
        }
    }

    private static func integer(_ value: JSONValue, at place: String) throws(Problem) -> Int {
        guard case .number(let digits) = value else {
            throw .invalidBody(place, "must be a whole number")
        }
        guard let number = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }) else {
            throw .invalidBody(place, "has a value that is not allowed")
        }
        return number
    }

    private static func elements<Element>(
        _ value: JSONValue, at place: String,
        _ element: (JSONValue, _ place: String) throws(Problem) -> Element
    ) throws(Problem) -> [Element] {
        guard case .array(let values) = value else { throw .invalidBody(place, "must be a list") }
        var elements: [Element] = []
        for (index, value) in values.enumerated() {
            elements.append(try element(value, "\(place).Index \(index)"))
        }
        return elements
    }
}

extension Request {
    /// The body as JSON.
    ///
    /// The media type must be JSON: a form of another site cannot send that without asking first.
    ///
    /// - Parameter limit: In bytes; what all short fields of a body need, were each byte escaped.
    public func json(limit: Int = 1 << 14) throws -> JSONBody {
        try json(from: bytes(limit: limit))
    }

    /// A body that has been read already, as JSON.
    public func json(from body: [UInt8]) throws(Problem) -> JSONBody {
        let mediaType = (headers[.contentType] ?? "").prefix { $0 != ";" }.trimmingSpaces()
        guard mediaType.lowercased() == "application/json" else { throw .unsupportedMediaType }
        return try JSONBody(body)
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

    /// An object of our own as `application/json`.
    public static func json(_ members: (inout JSONWriter) -> Void) -> Response {
        Response(
            headers: [.contentType: "application/json"], body: .bytes(JSONWriter.object(members)))
    }
}
