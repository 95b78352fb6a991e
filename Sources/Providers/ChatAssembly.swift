/// Puts an answer together from its chunks: events in, ``ChatEvent`` out.
struct ChatAssembly {
    private var outcome = ChatOutcome(state: .complete)
    private var toolCalls = ToolCallCollector()
    private var error: WireError?
    private var chunks = 0
    private var malformed = 0

    /// Whether the answer said itself that it has ended; what comes later is ignored.
    private(set) var isDone = false

    init(generationID: String?) {
        outcome.origin.generationID = generationID
    }

    // MARK: Events in

    mutating func consume(_ event: ServerSentEvent, _ emit: (ChatEvent) throws -> Void) throws {
        guard !isDone else { return }
        if event.data.starts(with: "[DONE]".utf8) {
            isDone = true
        } else if let json = JSON(event.data) {
            try consume(json, isError: event.isError, emit)
        } else {
            malformed += 1
        }
    }

    /// Takes an answer that came as one JSON document although a stream was asked for.
    mutating func consume(
        document: UnsafeRawBufferPointer, _ emit: (ChatEvent) throws -> Void
    ) throws {
        guard let json = JSON(document) else {
            malformed += 1
            return
        }
        try consume(json, isError: !json.isObject, emit)
        isDone = !json["choices"].elements.isEmpty
    }

    private mutating func consume(
        _ json: JSON, isError: Bool, _ emit: (ChatEvent) throws -> Void
    ) throws {
        if isError, let error = WireError(errorBody: json) {
            chunks += 1
            self.error = error
        } else if let chunk = ChatChunk(json) {
            try apply(chunk, emit)
        } else {
            malformed += 1
        }
    }

    private mutating func apply(_ chunk: ChatChunk, _ emit: (ChatEvent) throws -> Void) throws {
        chunks += 1
        try noteOrigin(chunk, emit)
        // Several answers may be interleaved; only the first is wanted.
        for choice in chunk.choices where choice.index == 0 {
            if let content = choice.content { try apply(content, emit) }
            noteFinish(choice)
        }
        if let usage = chunk.usage, usage != outcome.usage {
            outcome.usage = usage
            try emit(.usage(usage))
        }
        if let error = chunk.error { self.error = error }
    }

    private mutating func noteOrigin(
        _ chunk: ChatChunk, _ emit: (ChatEvent) throws -> Void
    ) throws {
        var origin = outcome.origin
        origin.generationID = origin.generationID ?? chunk.id
        origin.model = chunk.model ?? origin.model
        origin.provider = chunk.provider ?? origin.provider
        guard origin != outcome.origin else { return }
        outcome.origin = origin
        try emit(.opened(origin))
    }

    private mutating func apply(
        _ content: ChatChunk.Content, _ emit: (ChatEvent) throws -> Void
    ) throws {
        if !content.reasoning.isEmpty {
            let reasoning = Self.withoutNUL(content.reasoning)
            outcome.reasoning += reasoning
            try emit(.reasoning(reasoning))
        }
        if !content.text.isEmpty {
            let text = Self.withoutNUL(content.text)
            outcome.text += text
            try emit(.text(text))
        }
        for fragment in content.toolCalls { toolCalls.add(fragment) }
        outcome.images += content.images.lazy.filter { !$0.isEmpty }
    }

    /// The first reason holds, whatever is repeated or reset later; only an error overrides it.
    private mutating func noteFinish(_ choice: ChatChunk.Choice) {
        if outcome.finishReason == nil || choice.finishReason == "error" {
            outcome.finishReason = choice.finishReason ?? outcome.finishReason
        }
        outcome.nativeFinishReason = outcome.nativeFinishReason ?? choice.nativeFinishReason
        if let error = choice.error { self.error = error }
    }

    /// NUL is legal in JSON, but ends a C string and is refused by some databases.
    private static func withoutNUL(_ text: String) -> String {
        text.utf8.contains(0)
            ? String(text.unicodeScalars.filter { $0 != "\0" }.map(Character.init)) : text
    }

    // MARK: Outcome out

    /// Judges the answer once nothing more comes; the first rule that fits wins.
    ///
    /// - Parameter failure: What ended the transfer, unless it ended by itself.
    func finished(failure: ProviderError?, redactor: Redactor) -> ChatOutcome {
        var outcome = outcome
        outcome.toolCalls = toolCalls.finished
        if let error = reportedError(redactor) {
            outcome.fail(error)
        } else if let failure, !isDone {
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
        guard outcome.finishReason == "error" || native == "network_error" || native == "error"
        else {
            return nil
        }
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

    fileprivate mutating func settle() {
        switch finishReason {
        case "content_filter":
            state = .filtered
            error = ProviderError(.contentRefused, details: "finish reason content_filter")
        case "length":
            state = .length
        case "tool_calls":
            state = .toolCalls
        default:
            if !toolCalls.isEmpty {
                state = .toolCalls
            } else if text.isEmpty && images.isEmpty {
                state = .empty
                error = ProviderError(
                    .emptyAnswer, details: "finish reason \(finishReason ?? "none"), no content",
                    isRetryable: true)
            } else {
                state = .complete
            }
        }
    }
}
