/// What to leave out of a request, since the server, or the model behind it, refuses it.
struct RequestShape: Sendable, Equatable {
    /// Fields that a request can do without.
    enum Field: String, Sendable {
        case stream
        case streamOptions = "stream_options"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        case temperature, reasoning, user, models
        case reasoningEffort = "reasoning_effort"

        /// Whether it is the server that knows it or not, rather than the model.
        var isOfServer: Bool { self == .streamOptions || self == .user }

        /// What errors call it: a server may hand the field on under another name.
        fileprivate var names: [String] {
            switch self {
            case .maxTokens, .maxCompletionTokens:
                [
                    "max_tokens", "max_completion_tokens", "max_output_tokens", "maxoutputtokens",
                    "max_new_tokens", "maximum tokens you requested",
                ]
            case .reasoningEffort: [rawValue, "reasoning.effort"]
            default: [rawValue]
            }
        }

        /// Whether the name is a word that errors use for other things as well.
        fileprivate var isCommonWord: Bool { !rawValue.contains("_") }
    }

    var refused: Set<Field> = []
    /// What a system message says has to stand in the first message of the person (Gemma 2).
    var refusesSystem = false
    /// The last message must not be the model's own (Mistral, newer Claudes).
    var wantsUserLast = false

    /// A shape that may be taken in place of this one, after what came of it.
    ///
    /// - Returns: `nil` when the outcome is no refusal, or one that nothing can be done about; and for
    ///   a call that has an id and may be charged, which the caller has to account for.
    func adapted(to outcome: ChatOutcome, of request: ChatRequest, for kind: ProviderKind)
        -> RequestShape?
    {
        guard let error = outcome.error, outcome.state == .failed, outcome.nothingStreamed,
            outcome.wasRefused || outcome.origin.generationID == nil,
            outcome.usage == nil, error.reason != nil, Self.mayBeMended(error)
        else { return nil }
        let complaint = Complaint(error)
        var shape = self
        let fields = request.fields(for: kind, self)
        let named = fields.filter { complaint.names($0) }
        if error.code == .contextTooLong {
            // The longest answer may be what is too long; some servers count it in.
            shape.refused.formUnion(named.filter { $0 == .maxTokens || $0 == .maxCompletionTokens })
        } else if !named.isEmpty {
            shape.refused.formUnion(named)
        } else if complaint.isAboutStreaming {
            shape.refused.insert(.stream)
        } else if complaint.isAboutRoles {
            shape.adaptRoles(to: complaint, request.messages)
        } else if complaint.isAboutUnknownFields {
            shape.refused.formUnion(fields.filter { $0 != .stream && $0 != .maxTokens })
        }
        return shape == self ? nil : shape
    }

    private mutating func adaptRoles(to complaint: Complaint, _ messages: [ChatMessage]) {
        if messages.last?.role == .assistant && complaint.isAboutLastRole {
            wantsUserLast = true
        } else if messages.contains(where: { $0.role == .system }) {
            refusesSystem = true
        } else if messages.last?.role == .assistant {
            wantsUserLast = true
        }
    }

    /// Servers refuse with 400 or 422; a chat template or a Python function that fails is a 500 or 501;
    /// LM Studio says it in a stream that has begun.
    private static func mayBeMended(_ error: ProviderError) -> Bool {
        (error.code == .error || error.code == .contextTooLong)
            && (error.status.map { [400, 415, 422, 500, 501].contains($0) } ?? true)
    }
}

/// What an error complains about, as far as its words tell.
private struct Complaint {
    private let text: String
    /// Where the server says apart from its words what it is about: `max_tokens`, `body.stream`.
    private let fields: [String]

    init(_ error: ProviderError) {
        text = error.words.exposed.lowercased()
        fields = error.fields.map { $0.lowercased() }
    }

    func names(_ field: RequestShape.Field) -> Bool {
        field.names.contains { name in
            says(name, isCommonWord: field.isCommonWord)
                || fields.contains { $0.split { ".[]".contains($0) }.prefix(2).contains(name[...]) }
        }
    }

    private func says(_ name: String, isCommonWord: Bool) -> Bool {
        var rest = text[...]
        while let range = rest.firstRange(of: name) {
            let before = text[..<range.lowerBound].last
            let behind = text[range.upperBound...].first
            if !isOfName(before) && !isOfName(behind)
                && (!isCommonWord || isSetApart(before, behind))
            {
                return true
            }
            rest = text[range.upperBound...]
        }
        return false
    }

    private func isOfName(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }

    /// `'user'`, `body.user:` and the like: a name, not a word.
    private func isSetApart(_ before: Character?, _ behind: Character?) -> Bool {
        if let before, let behind, before == behind, "'\"`".contains(before) { return true }
        return behind == ":" && before != "/"
            || text.contains("argument") && behind.map { ",;.".contains($0) } ?? true
    }

    var isAboutUnknownFields: Bool {
        [
            "extra input", "extra field", "extra_forbidden", "unrecognized", "unknown field",
            "unknown param", "unsupported param", "unexpected keyword", "unexpected field",
            "additional propert", "unknown argument", "unsupported field",
        ].contains { text.contains($0) }
    }

    var isAboutStreaming: Bool {
        [
            "support streaming", "streaming is not", "streaming not", "streaming isn't",
            "stream is not", "to stream this model", "unsupported streaming",
        ].contains { text.contains($0) }
    }

    var isAboutRoles: Bool {
        ["role", "system message", "system prompt", "system instruction", "prefill", "alternate"]
            .contains { text.contains($0) }
    }

    var isAboutLastRole: Bool {
        ["last role", "last message", "prefill", "end with a user", "final message"]
            .contains { text.contains($0) }
    }
}
