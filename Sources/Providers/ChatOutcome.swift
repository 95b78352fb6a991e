/// How a chat answer ended, and all of it.
public struct ChatOutcome: Sendable {
    public enum State: String, Sendable {
        /// The whole answer is there.
        case complete
        /// The answer was cut at the token limit; with no text, thinking used it all up.
        case length
        /// The provider's content filter cut the answer.
        case filtered
        /// The model waits for the results of ``toolCalls``.
        case toolCalls = "tool_calls"
        /// Something broke after there was text.
        case partial
        /// Something broke before there was text.
        case failed
        /// It ended well, without any content. A retry is reasonable.
        case empty
        /// The caller's ``Cancellation`` ended it. What came before is kept.
        case cancelled
    }

    public var state: State
    public var text = ""
    public var reasoning = ""
    public var toolCalls: [ToolCall] = []

    /// Pictures the model made: `data:` URLs or links, not checked.
    public var images: [String] = []

    public var origin = ChatOrigin()

    /// `stop`, `length`, `content_filter`, `tool_calls`, `error` or a server's own word.
    public var finishReason: String?
    public var nativeFinishReason: String?
    public var usage: TokenUsage?

    /// What went wrong, when `state` is `partial`, `failed`, `filtered`, `empty` or `cancelled`.
    public var error: ProviderError?

    /// Whether the provider answered with an error status instead of an answer.
    public var wasRefused = false

    /// Whether no content was handed to the caller.
    public var nothingStreamed: Bool {
        text.isEmpty && reasoning.isEmpty && images.isEmpty && toolCalls.isEmpty
    }

    /// Whether sending the same request again is safe, since nothing of the answer was shown, and
    /// has a chance.
    public var mayRetry: Bool { nothingStreamed && error?.isRetryable == true }
}
