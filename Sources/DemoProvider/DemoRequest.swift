import JSON
import Web

/// The body of `POST /chat/completions`, as far as it matters here; unknown fields are ignored.
struct DemoRequest {
    struct Message {
        let role: String
        /// Of a list of parts those that are text; empty where there is none.
        let text: String

        fileprivate init(_ body: JSONBody) throws(Problem) {
            role = try body.text("role")
            switch body.value("content") {
            case .null: text = ""
            case .array(let parts):
                text = parts.compactMap { $0["text"].text }.joined(separator: "\n")
            default: text = try body.text("content")
            }
        }
    }

    let model: String?
    let messages: [Message]
    let isStreamed: Bool
    /// The most completion tokens the client wants.
    let tokenLimit: Int

    init(_ body: JSONBody) throws(Problem) {
        model = try body.text(ifAny: "model")
        var messages: [Message] = []
        for message in try body.objects("messages") { messages.append(try Message(message)) }
        self.messages = messages
        isStreamed = try body.flag(ifAny: "stream") ?? false
        let limit = try body.integer(ifAny: "max_tokens")
        tokenLimit = try body.integer(ifAny: "max_completion_tokens") ?? limit ?? .max
    }

    /// What was said last by the person; empty when nothing was.
    var question: String { messages.last { $0.role == "user" }?.text ?? "" }

    var promptTokens: Int {
        messages.reduce(0) { $0 + DemoUsage.tokens(bytes: $1.text.utf8.count) }
    }
}
