import Providers

/// What to ask, and whom.
struct ChatCall: Sendable {
    let request: ChatRequest
    let model: ModelChoice

    /// The most it is expected to cost, in nano-USD; zero where the price is not known.
    var reservationNanoUSD: Int {
        let most = TokenUsage(
            promptTokens: model.tokens(ofBytes: request.textBytes),
            completionTokens: request.maxTokens)
        return Int(model.prices?.cost(of: most) ?? 0)
    }
}
