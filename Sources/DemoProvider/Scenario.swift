/// What a model does with a request, as data: a list of steps that ``Player`` performs.
struct Scenario: Sendable {
    /// The shape of the answer.
    enum Form: Sendable {
        /// A stream when the request says `stream`, else one JSON document.
        case asAsked
        /// One JSON document, whatever was asked for.
        case document
    }

    var steps: [Step]
    var framing = Framing.standard
    var form = Form.asAsked
}

/// One thing that happens while an answer is made.
enum Step: Sendable {
    /// The model is busy; the connection is kept alive meanwhile.
    case wait(Duration)
    /// Nothing happens, and not one byte is sent.
    case silence(Duration)
    /// One chunk.
    case send(Delta)
    /// A chunk for each word, each that much after the one before.
    case words(String, as: Channel, every: Duration)
    case finish(FinishReason)
    case usage(UsageShape)
    /// `[DONE]`.
    case done
    case fail(StreamFault)
}

/// Which of its two voices a model speaks with.
enum Channel: Sendable { case content, reasoning }

/// What one chunk adds to the answer.
enum Delta: Sendable {
    case content(String)
    case reasoning(String)
    /// Ends the reasoning: nothing to show, but to be sent back with it.
    case signature
    case toolCall(DemoToolCall)
    /// A picture as a `data:` URL, whole in one chunk.
    case image(String)
}

/// A piece of a call; all but the first of a call have neither id nor name.
struct DemoToolCall: Sendable {
    var id: String?
    var name: String?
    let arguments: String
}

enum FinishReason: String, Sendable {
    case stop, length, error
    case toolCalls = "tool_calls"

    /// The same in words of the provider behind the router.
    var native: String {
        switch self {
        case .stop: "end_turn"
        case .length: "max_tokens"
        case .error: "network_error"
        case .toolCalls: "tool_use"
        }
    }
}

/// How the token counts stand in the stream, after the chunk that finishes the answer.
enum UsageShape: Sendable {
    /// In a chunk with an empty delta and no finish reason.
    case emptyDelta
    /// In a chunk without choices.
    case emptyChoices
    /// In a chunk that repeats the finish reason.
    case repeatedFinish
}

/// The forms an error has once the status was sent.
enum StreamFault: Sendable {
    /// An `error` beside a choice that finishes with `error`.
    case documented
    case emptyChoices
    /// `code` is a text.
    case stringCode
    /// No `error` at all, only the finish reason.
    case silent
}

extension Scenario {
    /// A complete answer: the steps, then a proper end.
    static func answer(_ steps: Step..., finish: FinishReason = .stop) -> Scenario {
        Scenario(steps: steps + [.finish(finish), .usage(.repeatedFinish), .done])
    }

    /// A complete answer that speaks one text.
    static func speech(_ text: String, every interval: Duration = .zero) -> Scenario {
        .answer(.words(text, as: .content, every: interval))
    }
}

extension Step {
    /// Reasons word by word, without pauses.
    static func reason(_ text: String) -> Step { .words(text, as: .reasoning, every: .zero) }
}
