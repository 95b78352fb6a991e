import FoundationEssentials

extension ChatRequest {
    /// The JSON body of `POST /chat/completions` for a server of the given kind.
    func encoded(for kind: ProviderKind, _ shape: RequestShape = RequestShape()) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return Array(
            try encoder.encode(WireRequest(request: self, kind: kind, shape: shape)))
    }

    /// The optional fields that such a request has.
    func fields(for kind: ProviderKind, _ shape: RequestShape) -> [RequestShape.Field] {
        var fields = [RequestShape.Field.stream, .streamOptions]
        // OpenAI's newer models refuse the older name; most other servers know only that.
        let names: [RequestShape.Field] =
            kind == .openAI
            ? [.maxCompletionTokens, .maxTokens] : [.maxTokens, .maxCompletionTokens]
        fields += names.filter { !shape.refused.contains($0) }.prefix(1)
        if temperature != nil { fields.append(.temperature) }
        if reasoningEffort != nil && kind != .llamaCpp {
            fields.append(kind == .openRouter ? .reasoning : .reasoningEffort)
        }
        if user != nil && (kind == .openRouter || kind == .openAI) { fields.append(.user) }
        if kind == .openRouter && !fallbackModels.isEmpty { fields.append(.models) }
        let isWhole = shape.refused.contains(.stream)
        return fields.filter {
            !shape.refused.contains($0) && !(isWhole && $0 == .streamOptions)
        }
    }
}

private struct WireRequest: Encodable {
    let request: ChatRequest
    let kind: ProviderKind
    let shape: RequestShape

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: AnyKey.self)
        try object.encode(request.model, forKey: "model")
        try object.encode(request.messages.arranged(for: shape), forKey: "messages")
        for field in request.fields(for: kind, shape) {
            try encode(field, AnyKey(stringValue: field.rawValue), into: &object)
        }
    }

    private func encode(
        _ field: RequestShape.Field, _ key: AnyKey,
        into object: inout KeyedEncodingContainer<AnyKey>
    ) throws {
        switch field {
        case .stream: try object.encode(true, forKey: key)
        // OpenRouter sends usage anyway; the others only when asked.
        case .streamOptions: try object.encode(["include_usage": true], forKey: key)
        case .maxTokens, .maxCompletionTokens: try object.encode(request.maxTokens, forKey: key)
        case .temperature: try object.encode(request.temperature, forKey: key)
        case .reasoning: try object.encode(["effort": request.reasoningEffort], forKey: key)
        case .reasoningEffort: try object.encode(request.reasoningEffort, forKey: key)
        case .user: try object.encode(request.user, forKey: key)
        case .models: try object.encode([request.model] + request.fallbackModels, forKey: key)
        }
    }
}

extension ChatMessage: Encodable {
    /// Plain text goes as a string, which every server takes; anything else as an array of parts.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: AnyKey.self)
        try object.encode(role, forKey: "role")
        if parts.count == 1, case .text(let text) = parts[0] {
            try object.encode(text, forKey: "content")
        } else {
            try object.encode(parts, forKey: "content")
        }
    }
}

extension ChatMessage.Part: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: AnyKey.self)
        switch self {
        case .text(let text):
            try object.encode("text", forKey: "type")
            try object.encode(text, forKey: "text")
        }
    }
}
