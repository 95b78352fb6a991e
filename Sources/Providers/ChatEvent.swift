/// Something that happened in a chat answer while it came in.
public enum ChatEvent: Sendable, Equatable {
    /// The provider has accepted the request, or told more about who answers it. Comes first, and
    /// again when something of it becomes known or changes; the last one holds.
    case opened(ChatOrigin)

    /// The next piece of the answer; never empty.
    case text(String)

    /// The next piece of what the model thinks aloud; never empty.
    case reasoning(String)

    /// What was taken for text was thoughts, or the other way round: these stand in the place of all
    /// text and all reasoning so far.
    case revised(text: String, reasoning: String)

    /// Counts and cost; may come more than once, the last one holds.
    case usage(TokenUsage)
}

/// Who gives an answer.
public struct ChatOrigin: Sendable, Equatable {
    /// The provider's id of the answer: the only handle to ask for its cost after an abort.
    public var generationID: String?

    /// The model that answers. It may differ from the one asked for.
    public var model: String?

    /// The company behind a router such as OpenRouter.
    public var provider: String?

    public init(generationID: String? = nil, model: String? = nil, provider: String? = nil) {
        self.generationID = generationID
        self.model = model
        self.provider = provider
    }
}
