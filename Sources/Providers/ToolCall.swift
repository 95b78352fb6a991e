import JSON

/// A call of a function that the model asks for.
public struct ToolCall: Sendable, Equatable {
    /// The model's id for it, if it gave one.
    public var id: String?
    public var name: String

    /// JSON, as the model wrote it: it may be invalid. No arguments are `{}`.
    public var arguments: String
}

/// A piece of a tool call, as one delta carries it.
struct ToolCallFragment {
    var index: Int?
    var id: String?
    var name: String
    var arguments: String

    init?(_ json: JSONValue) {
        guard json.isObject else { return nil }
        index = json["index"].integer
        id = json["id"].text
        name = json["function"]["name"].text ?? ""
        arguments = Self.arguments(json["function"]["arguments"])
    }

    /// The one call of the protocol before there were several.
    init?(function json: JSONValue) {
        guard json.isObject else { return nil }
        index = 0
        name = json["name"].text ?? ""
        arguments = Self.arguments(json["arguments"])
    }

    /// Text by the protocol, but some servers send the object itself.
    private static func arguments(_ json: JSONValue) -> String {
        if let text = json.text { return text }
        return json.isObject ? String(decoding: JSONWriter.bytes(of: json), as: UTF8.self) : ""
    }
}

/// Puts tool calls together from their fragments.
struct ToolCallCollector {
    private var calls: [(index: Int?, call: ToolCall)] = []

    var isEmpty: Bool { calls.isEmpty }

    /// The calls in the order in which they began.
    var finished: [ToolCall] {
        calls.map { entry in
            var call = entry.call
            if call.arguments.isEmpty { call.arguments = "{}" }
            return call
        }
    }

    mutating func add(_ fragment: ToolCallFragment) {
        guard let position = position(of: fragment) else {
            calls.append(
                (
                    fragment.index,
                    ToolCall(id: fragment.id, name: fragment.name, arguments: fragment.arguments)
                ))
            return
        }
        if calls[position].call.id == nil { calls[position].call.id = fragment.id }
        // Some servers repeat the whole name in each fragment, others cut it in pieces.
        if fragment.name != calls[position].call.name {
            calls[position].call.name += fragment.name
        }
        calls[position].call.arguments += fragment.arguments
    }

    /// The call a fragment goes on with: by its index, else by its id, else the last one.
    private func position(of fragment: ToolCallFragment) -> Int? {
        if let index = fragment.index { return calls.lastIndex { $0.index == index } }
        if let id = fragment.id { return calls.lastIndex { $0.call.id == id } }
        guard fragment.name.isEmpty || calls.last?.call.arguments.isEmpty == true else {
            return nil
        }
        return calls.indices.last
    }
}
