/// A failure of a provider: a code for the program, a sentence for the person, details for the log.
public struct ProviderError: Error, Sendable, Equatable {
    /// Stable; the raw values are part of the product's HTTP interface.
    public enum Code: String, Sendable, CaseIterable {
        case unavailable = "provider_unavailable"
        case timeout = "provider_timeout"
        case rateLimited = "provider_rate_limited"
        case auth = "provider_auth"
        case payment = "provider_payment"
        case contextTooLong = "context_too_long"
        case contentRefused = "content_refused"
        case modelUnknown = "model_unknown"
        case emptyAnswer = "empty_answer"
        /// The model asked for tools, and wrote nothing.
        case toolsWanted = "tools_wanted"
        /// The answer has pictures, and no word.
        case picturesOnly = "pictures_only"
        /// The answer has words, and pictures beside them.
        case picturesLeftOut = "pictures_left_out"
        case error = "provider_error"
        case cancelled
    }

    public let code: Code

    /// What is wrong and what to do. Never holds keys, account ids or HTML.
    public var message: String

    /// The provider's own words, with keys and account ids blacked out, at most ``longestReason``
    /// characters: for the person who asked, whose words they may quote; never for the log.
    public var reason: String?

    /// The id under which the provider knows the failed request.
    public var requestID: String?

    static let longestReason = 500

    /// More, for the log: the provider's words, with keys and account ids blacked out.
    public var details: String

    /// The provider's words as they came, at most ``longestWords`` bytes, and the fields of the request
    /// that they are about: for ``RequestShape`` alone, since they may hold keys.
    var words = Secret("")
    var fields: [String] = []

    static let longestWords = 4_096

    /// The HTTP status, or the status that an error inside a 200 claims.
    public var status: Int?

    /// How long the provider asks to wait.
    public var retryAfter: Duration?

    /// Whether the same request may succeed if sent again soon. A wait of more than a minute is not
    /// soon. Only safe while nothing of an answer has been shown: ``ChatOutcome/mayRetry``.
    public var isRetryable: Bool

    /// With `payment`: the longest answer that the account can still pay, in tokens.
    public var affordableTokens: Int?

    init(_ code: Code, _ message: String? = nil, details: String = "", isRetryable: Bool = false) {
        self.code = code
        self.message = message ?? Self.message(for: code)
        self.details = details
        self.isRetryable = isRetryable
    }

    static func message(for code: Code) -> String {
        switch code {
        case .unavailable: "The provider cannot be reached right now. Try again in a moment."
        case .timeout: "The provider did not answer in time. Try again or choose another model."
        case .rateLimited: "The provider limits how often it may be asked. Try again in a moment."
        case .auth: "The provider refuses the configured key. An administrator has to check it."
        case .payment:
            "The provider's account has no credit for this. An administrator has to add some."
        case .contextTooLong:
            "This is more than the model can read at once. Shorten it, start a new conversation, "
                + "or choose a model with a larger context."
        case .contentRefused: "The provider's content rules refuse this. Change the text and retry."
        case .modelUnknown: "The provider does not have this model. Choose another one."
        case .emptyAnswer: "The model gave an empty answer. Try again."
        case .toolsWanted:
            "The model asked for a tool instead of answering. There are no tools here yet."
        case .picturesOnly:
            "The model answered with pictures alone, which cannot be shown here yet."
        case .picturesLeftOut:
            "The answer came with pictures, which cannot be shown here yet. These are its words."
        case .error: "The provider reported a failure. Try again or choose another model."
        case .cancelled: "Stopped."
        }
    }
}
