import FoundationEssentials

extension ChatRequest {
    /// The JSON body of `POST /chat/completions` for a server of the given kind.
    func encoded(for kind: ProviderKind) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return Array(try encoder.encode(WireRequest(request: self, kind: kind)))
    }
}

private struct WireRequest: Encodable {
    let request: ChatRequest
    let kind: ProviderKind

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: AnyKey.self)
        try object.encode(request.model, forKey: "model")
        try object.encode(request.messages, forKey: "messages")
        try object.encode(true, forKey: "stream")
        // OpenRouter sends usage anyway; the others only when asked.
        try object.encode(["include_usage": true], forKey: "stream_options")
        try object.encode(request.maxTokens, forKey: maxTokensKey)
        try object.encodeIfPresent(request.temperature, forKey: "temperature")
        try encodeReasoning(into: &object)
        try encodeExtras(into: &object)
    }

    /// OpenAI's newer models refuse the older name; the other servers all know it.
    private var maxTokensKey: AnyKey { kind == .openAI ? "max_completion_tokens" : "max_tokens" }

    private func encodeReasoning(into object: inout KeyedEncodingContainer<AnyKey>) throws {
        guard let effort = request.reasoningEffort else { return }
        switch kind {
        case .openRouter: try object.encode(["effort": effort], forKey: "reasoning")
        case .llamaCpp: break
        default: try object.encode(effort, forKey: "reasoning_effort")
        }
    }

    private func encodeExtras(into object: inout KeyedEncodingContainer<AnyKey>) throws {
        guard kind == .openRouter || kind == .openAI else { return }
        try object.encodeIfPresent(request.user, forKey: "user")
        guard kind == .openRouter, !request.fallbackModels.isEmpty else { return }
        try object.encode([request.model] + request.fallbackModels, forKey: "models")
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
