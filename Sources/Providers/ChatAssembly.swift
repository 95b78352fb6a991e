import JSON

/// Puts an answer together from its chunks: events in, ``ChatEvent`` out.
struct ChatAssembly {
    var outcome = ChatOutcome(state: .complete)
    var toolCalls = ToolCallCollector()
    var error: WireError?
    /// The events that were understood, and those that were not.
    var chunks = 0
    var malformed = 0
    private var textJoiner = TextJoiner()
    private var reasoningJoiner = TextJoiner()
    private var splitter = ThoughtSplitter()
    private var endTokens = EndTokens()
    /// The thoughts that came in a field of their own.
    private var ownReasoning = ""

    /// Whether the answer said itself that it has ended, or is as long as it may be; what comes later
    /// is ignored.
    private(set) var isDone = false
    /// How much content it may still have, in bytes.
    private var room: Int

    /// - Parameter contentLimit: What text and thoughts may have together, in bytes. What is longer is
    ///   cut there as at the token limit: a server may not heed how much was asked for.
    init(generationID: String?, contentLimit: Int) {
        outcome.origin.generationID = generationID
        room = contentLimit
    }

    // MARK: Events in

    mutating func consume(_ event: ServerSentEvent, _ emit: (ChatEvent) throws -> Void) throws {
        guard !isDone else { return }
        if event.data.starts(with: "[DONE]".utf8) {
            isDone = true
        } else if let json = JSONValue(event.data) {
            try consume(json, isError: event.isError, emit)
        } else {
            let wereSeveral = try UnpartedEvents.forEach(in: event.data) {
                try consume(ServerSentEvent(data: $0, isError: event.isError), emit)
            }
            if !wereSeveral { malformed += 1 }
        }
    }

    /// Takes an answer that came as one JSON document although a stream was asked for.
    mutating func consume(
        document: UnsafeRawBufferPointer, _ emit: (ChatEvent) throws -> Void
    ) throws {
        guard let json = JSONValue(document) else {
            malformed += 1
            return
        }
        try consume(json, isError: json["choices"].elements.isEmpty, emit)
        isDone = !json["choices"].elements.isEmpty
    }

    private mutating func consume(
        _ json: JSONValue, isError: Bool, _ emit: (ChatEvent) throws -> Void
    ) throws {
        if isError, let error = WireError(errorBody: json) {
            chunks += 1
            note(error, hasEnded: isWhole)
        } else if let chunk = ChatChunk(json) {
            try apply(chunk, emit)
        } else {
            malformed += 1
        }
    }

    private mutating func apply(_ chunk: ChatChunk, _ emit: (ChatEvent) throws -> Void) throws {
        chunks += 1
        let wasWhole = isWhole
        try noteOrigin(chunk, emit)
        // Several answers may be interleaved; only the first is wanted.
        for choice in chunk.choices where choice.index == 0 {
            if let content = choice.content { try apply(content, emit) }
            noteFinish(choice)
            if let error = choice.error { note(error, hasEnded: wasWhole) }
        }
        if let usage = chunk.usage, usage != outcome.usage {
            outcome.usage = usage
            try emit(.usage(usage))
        }
        if let error = chunk.error { note(error, hasEnded: wasWhole) }
    }

    /// Whether there is an answer, and the reason why it ended: it is complete.
    var isWhole: Bool {
        outcome.finishReason != nil && !FinishReason.isFailure(outcome.finishReason)
            && (!outcome.text.isEmpty || !outcome.images.isEmpty || !toolCalls.finished.isEmpty)
    }

    /// What fails after the end, such as the counting of tokens, takes nothing from the answer.
    private mutating func note(_ error: WireError, hasEnded: Bool) {
        if !hasEnded { self.error = error }
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
        for piece in content.reasoning {
            splitter.noteThoughtsElsewhere()
            try add(reasoning: reasoningJoiner.take(piece), emit)
        }
        for piece in content.text { try add(text: textJoiner.take(piece), emit) }
        for fragment in content.toolCalls { toolCalls.add(fragment) }
        outcome.images += content.images.lazy.filter { !$0.isEmpty }
    }

    private mutating func add(reasoning piece: String, _ emit: (ChatEvent) throws -> Void) throws {
        let piece = fitting(piece)
        guard !piece.isEmpty else { return }
        let reasoning = Self.withoutNUL(piece)
        ownReasoning += reasoning
        outcome.reasoning += reasoning
        try emit(.reasoning(reasoning))
    }

    private mutating func add(text piece: String, _ emit: (ChatEvent) throws -> Void) throws {
        let piece = fitting(piece)
        guard !piece.isEmpty else { return }
        var parts: [ThoughtSplitter.Part] = []
        splitter.take(Self.withoutNUL(piece)) { parts.append($0) }
        try apply(parts, emit)
    }

    /// As much of a piece as the answer has room for; a piece that has none ends it.
    private mutating func fitting(_ piece: String) -> String {
        let size = piece.utf8.count
        defer { room = max(0, room - size) }
        guard size > room else { return piece }
        isDone = true
        outcome.finishReason = FinishReason.length
        return piece.cut(toBytes: room)
    }

    private mutating func apply(
        _ parts: [ThoughtSplitter.Part], _ emit: (ChatEvent) throws -> Void
    ) throws {
        for part in parts {
            switch part {
            case .text(let text): try show(endTokens.take(text), emit)
            case .thought(let thought):
                outcome.reasoning += thought
                try emit(.reasoning(thought))
            case .textWasThought:
                let thoughts = (outcome.text + endTokens.release()).trimmed
                outcome.reasoning += (outcome.reasoning.isEmpty ? "" : "\n\n") + thoughts
                outcome.text = ""
                try emit(.revised(text: outcome.text, reasoning: outcome.reasoning))
            case .thoughtWasText(let text):
                outcome.text += text
                outcome.reasoning = ownReasoning
                try emit(.revised(text: outcome.text, reasoning: outcome.reasoning))
            }
        }
    }

    private mutating func show(_ text: String, _ emit: (ChatEvent) throws -> Void) throws {
        guard !text.isEmpty else { return }
        outcome.text += text
        try emit(.text(text))
    }

    /// Hands over what was held back until it could be judged.
    ///
    /// - Parameter hasEnded: The answer was not cut off by the transfer.
    mutating func flush(hasEnded: Bool, _ emit: (ChatEvent) throws -> Void) throws {
        try add(reasoning: reasoningJoiner.finish(), emit)
        try add(text: textJoiner.finish(), emit)
        var parts: [ThoughtSplitter.Part] = []
        let reason = outcome.finishReason
        let isUncut = (hasEnded || reason != nil) && error == nil && reason != FinishReason.length
        splitter.finish(well: isUncut) { parts.append($0) }
        try apply(parts, emit)
        let hasReason = reason != nil || isDone
        try show(endTokens.finish(after: outcome.text, well: isUncut && hasReason), emit)
    }

    /// The first reason holds, whatever is repeated or reset later; only an error overrides it.
    private mutating func noteFinish(_ choice: ChatChunk.Choice) {
        if outcome.finishReason == nil || choice.finishReason == "error" {
            outcome.finishReason =
                choice.finishReason.map { FinishReason.common($0) } ?? outcome.finishReason
        }
        outcome.nativeFinishReason = outcome.nativeFinishReason ?? choice.nativeFinishReason
    }

    /// NUL is legal in JSON, but ends a C string and is refused by some databases.
    private static func withoutNUL(_ text: String) -> String {
        text.utf8.contains(0)
            ? String(text.unicodeScalars.filter { $0 != "\0" }.map(Character.init)) : text
    }
}

extension String {
    /// Without white space at either end.
    fileprivate var trimmed: String {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[...last].drop { $0.isWhitespace })
    }
}
