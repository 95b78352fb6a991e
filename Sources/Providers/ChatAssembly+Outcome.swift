extension ChatAssembly {
    /// Judges the answer once nothing more comes; the first rule that fits wins.
    ///
    /// - Parameter failure: What ended the transfer, unless it ended by itself.
    func finished(failure: ProviderError?, redactor: Redactor) -> ChatOutcome {
        var outcome = outcome
        outcome.toolCalls = toolCalls.finished
        if let error = reportedError(redactor) {
            outcome.fail(error)
            outcome.noteRefusal()
        } else if let failure, !isDone && !(isWhole && failure.code != .cancelled) {
            outcome.fail(failure)
        } else if outcome.finishReason == nil && !isDone {
            outcome.fail(unexplainedEnd())
        } else {
            outcome.settle()
        }
        return outcome
    }

    private func reportedError(_ redactor: Redactor) -> ProviderError? {
        if let error { return ProviderError(error, head: nil, redactor: redactor) }
        let native = outcome.nativeFinishReason
        guard
            FinishReason.isFailure(outcome.finishReason) || native == "network_error"
                || native == "error"
        else { return nil }
        return ProviderError(
            .error, details: "finish reason error, native \(native ?? "none")", isRetryable: true)
    }

    private func unexplainedEnd() -> ProviderError {
        switch (chunks, malformed) {
        case (0, 0):
            ProviderError(.emptyAnswer, details: "the body held no event", isRetryable: true)
        case (0, _):
            ProviderError(
                .error, "The provider's answer could not be understood.",
                details: "\(malformed) events that are not JSON")
        default:
            ProviderError(
                .unavailable, "The provider ended the answer before it was complete.",
                details: "end of body without finish reason and without [DONE]",
                isRetryable: true)
        }
    }
}

extension ChatOutcome {
    fileprivate mutating func fail(_ error: ProviderError) {
        self.error = error
        if error.code == .cancelled {
            state = .cancelled
        } else {
            state = text.isEmpty && images.isEmpty ? .failed : .partial
        }
    }

    /// A refusal may come with status 200 and say so only then: before the first word nothing is
    /// charged for it.
    fileprivate mutating func noteRefusal() {
        guard nothingStreamed, usage?.costNano == nil, let status = error?.status else { return }
        wasRefused = (400..<500).contains(status) && status != 408 && status != 499
    }

    fileprivate mutating func settle() {
        switch finishReason {
        case FinishReason.refused:
            state = .filtered
            error = ProviderError(.contentRefused, details: "finish reason content_filter")
        case FinishReason.length:
            state = .length
        case _ where !toolCalls.isEmpty:
            state = .toolCalls
        case _ where text.isEmpty && images.isEmpty:
            state = .empty
            error = ProviderError(
                .emptyAnswer, details: "finish reason \(finishReason ?? "none"), no content",
                isRetryable: true)
        default:
            state = .complete
        }
    }
}

extension ChatOutcome {
    /// What to say of an answer that ended well and has no word: what came in its place. `nil` for any
    /// other.
    public var wordlessness: ProviderError? {
        guard text.isEmpty, error == nil else { return nil }
        if !toolCalls.isEmpty { return toolsWanted(ProviderError.message(for: .toolsWanted)) }
        return images.isEmpty ? nil : ProviderError(.picturesOnly)
    }

    /// What to say of an answer with words that is well but for what cannot be shown of it.
    public var omission: ProviderError? {
        guard !text.isEmpty, error == nil else { return nil }
        if !toolCalls.isEmpty {
            return toolsWanted("The model then asked for a tool. There are no tools here yet.")
        }
        return images.isEmpty ? nil : ProviderError(.picturesLeftOut)
    }

    /// Says which tools a model asked for.
    private func toolsWanted(_ message: String) -> ProviderError {
        let names = toolCalls.prefix(3).map { call in
            String(
                call.name.unicodeScalars.filter(Self.isNameScalar).prefix(64).map(Character.init))
        }
        let named = names.filter { !$0.isEmpty }.joined(separator: ", ")
        return ProviderError(
            .toolsWanted, named.isEmpty ? message : "\(message) It wanted: \(named).",
            details: "\(toolCalls.count) tool calls")
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains(scalar)
    }
}

/// Why an answer ended, in the words that most servers use.
enum FinishReason {
    static let length = "length"
    static let refused = "content_filter"

    /// The common word for what some server calls otherwise; any other word stays.
    static func common(_ word: String) -> String { others[word.lowercased()] ?? word }

    /// Gemini, Anthropic, GLM, Bedrock and Mistral behind gateways that pass their words on; the
    /// protocol before there were several tool calls.
    private static let others = [
        "max_tokens": length, "max_output_tokens": length, "model_length": length,
        "model_context_window_exceeded": length,
        "safety": refused, "prohibited_content": refused, "blocklist": refused, "spii": refused,
        "recitation": refused, "refusal": refused, "sensitive": refused,
        "content_filtered": refused, "guardrail_intervened": refused,
        "function_call": "tool_calls", "tool_use": "tool_calls",
    ]

    /// `error`; DeepSeek, vLLM and SGLang, when the server gave up.
    static func isFailure(_ word: String?) -> Bool {
        ["error", "insufficient_system_resource", "abort", "network_error"].contains(word)
    }
}
