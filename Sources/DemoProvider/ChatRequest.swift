/// The body of `POST /chat/completions`, as far as it matters here; unknown fields are ignored.
struct ChatRequest: Decodable {
    struct Message: Decodable {
        let role: String
        let content: Content?
    }

    /// A text, or a list of parts of which some are text.
    struct Content: Decodable {
        let text: String

        private struct Part: Decodable { let text: String? }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else {
                text = try container.decode([Part].self).compactMap(\.text).joined(separator: "\n")
            }
        }
    }

    let model: String?
    let messages: [Message]
    private let stream: Bool?
    private let maxTokens: Int?
    private let maxCompletionTokens: Int?

    private enum CodingKeys: String, CodingKey {
        case model, messages, stream
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    var isStreamed: Bool { stream ?? false }
    /// The most completion tokens the client wants.
    var tokenLimit: Int { maxCompletionTokens ?? maxTokens ?? .max }
    /// What was said last by the person; empty when nothing was.
    var question: String { messages.last { $0.role == "user" }?.content?.text ?? "" }

    var promptTokens: Int {
        messages.reduce(0) { $0 + TokenUsage.tokens(bytes: $1.content?.text.utf8.count ?? 0) }
    }
}
