import JSON

extension ChatRequest {
    /// The JSON body of `POST /chat/completions` for a server of the given kind.
    func encoded(for kind: ProviderKind, _ shape: RequestShape = RequestShape()) -> [UInt8] {
        JSONWriter.object { object in
            object.member("model", model)
            object.member("messages") {
                $0.array { for message in messages.arranged(for: shape) { message.write(to: &$0) } }
            }
            for field in fields(for: kind, shape) { write(field, for: kind, to: &object) }
        }
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

extension ChatRequest {
    private func write(
        _ field: RequestShape.Field, for kind: ProviderKind, to object: inout JSONWriter
    ) {
        object.member(named: field.rawValue) { value in
            switch field {
            case .stream: value.append(true)
            // OpenRouter sends usage anyway; the others only when asked.
            case .streamOptions: value.object { $0.member("include_usage", true) }
            case .maxTokens, .maxCompletionTokens: value.append(maxTokens)
            case .temperature: temperature.write(to: &value)
            case .reasoning: value.object { $0.member("effort", reasoningEffort?.rawValue) }
            case .reasoningEffort: (reasoningEffort?.rawValue).write(to: &value)
            case .user: user.write(to: &value)
            case .models: ([model] + fallbackModels).write(to: &value)
            }
        }
    }
}

extension ChatMessage {
    /// Plain text goes as a string, which every server takes; anything else as an array of parts.
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("role", role.rawValue)
            if parts.count == 1, case .text(let text) = parts[0] {
                $0.member("content", text)
            } else {
                $0.member("content") { $0.array { for part in parts { part.write(to: &$0) } } }
            }
        }
    }
}

extension ChatMessage.Part {
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text):
            json.object {
                $0.member("type", "text")
                $0.member("text", text)
            }
        }
    }
}
