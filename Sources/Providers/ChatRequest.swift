/// A chat to be continued by a model.
public struct ChatRequest: Sendable {
    /// The id by which the provider knows the model.
    public var model: String
    public var messages: [ChatMessage]

    /// The longest answer. Always sent: without it OpenRouter checks the balance against the
    /// model's maximum.
    public var maxTokens: Int

    public var temperature: Double?
    public var reasoningEffort: ReasoningEffort?

    /// A stable hash of the person, never a name or an address; for the provider's abuse checks.
    public var user: String?

    /// Models to take if `model` cannot answer; only OpenRouter knows this.
    public var fallbackModels: [String] = []

    public init(
        model: String, messages: [ChatMessage], maxTokens: Int, temperature: Double? = nil,
        reasoningEffort: ReasoningEffort? = nil, user: String? = nil
    ) {
        self.model = model
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.reasoningEffort = reasoningEffort
        self.user = user
    }
}

/// One message of a chat.
public struct ChatMessage: Sendable, Equatable {
    public enum Role: String, Sendable {
        case system, user, assistant
    }

    /// A piece of a message.
    public enum Part: Sendable, Equatable {
        case text(String)
    }

    public var role: Role
    public var parts: [Part]

    public init(_ role: Role, _ parts: [Part]) {
        self.role = role
        self.parts = parts
    }

    public init(_ role: Role, _ text: String) {
        self.init(role, [.text(text)])
    }
}

public enum ReasoningEffort: String, Sendable, CaseIterable {
    case none, minimal, low, medium, high
}
