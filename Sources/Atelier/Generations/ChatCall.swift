import Providers

/// What to ask, and whom.
struct ChatCall: Sendable {
    let request: ChatRequest
    let model: ModelChoice
    /// What an answer that is still being written may add to the request, in tokens.
    var awaitedTokens = 0

    /// The most it is expected to cost, in nano-USD; zero where the price is not known.
    var reservationNanoUSD: Int {
        let most = TokenUsage(
            promptTokens: model.tokens(ofBytes: request.textBytes) + awaitedTokens,
            completionTokens: request.maxTokens)
        return Int(model.prices?.cost(of: most) ?? 0)
    }
}
