import FoundationEssentials
import Providers

/// What has to be known of a call to account for it; kept in the live stream, so that another process
/// can when the runner has died.
struct CallAccount: Codable, Equatable, Sendable {
    /// Estimated from the length of the prompt.
    let promptTokens: Int
    let prices: ModelPrices?
    /// Whether the provider can be asked for the cost afterwards.
    let tellsCost: Bool

    /// Typical of prose in most languages.
    private static let bytesPerToken = 4

    /// What a call used and cost: as the provider reports it, else estimated from the words that came.
    private func usage(
        reported: TokenUsage?, text: String, reasoning: String
    ) -> Generation.Usage {
        let reasoningTokens = reasoning.utf8.count / Self.bytesPerToken
        let counted =
            reported
            ?? TokenUsage(
                promptTokens: promptTokens,
                completionTokens: text.utf8.count / Self.bytesPerToken + reasoningTokens,
                reasoningTokens: reasoningTokens)
        let listed = prices?.cost(of: counted)
        return Generation.Usage(counted, listedNanoUSD: listed.map { Int($0) })
    }

    /// What a call that has ended used, and how that is booked.
    typealias Booking = (usage: Generation.Usage, closing: LedgerEntry.Closing)

    /// - Parameters:
    ///   - upstreamID: The provider's own id of the call, if it has told.
    ///   - cameToNothing: The provider refused it, or gave no sign that it ever had it.
    func booking(
        reported: TokenUsage? = nil, text: String, reasoning: String, upstreamID: String?,
        cameToNothing: Bool
    ) -> Booking {
        let usage = usage(reported: reported, text: text, reasoning: reasoning)
        if usage.costNanoUSD != nil && !usage.costIsEstimated { return (usage, .settle) }
        if cameToNothing { return (Generation.Usage(), .release) }
        return (usage, tellsCost && upstreamID != nil ? .inquire : .settle)
    }

    func booking(of outcome: ChatOutcome, upstreamID: String?) -> Booking {
        booking(
            reported: outcome.usage, text: outcome.text, reasoning: outcome.reasoning,
            upstreamID: upstreamID, cameToNothing: outcome.cameToNothing)
    }
}

extension CallAccount {
    init(_ call: ChatCall) {
        self.init(
            promptTokens: call.request.textBytes / Self.bytesPerToken, prices: call.model.prices,
            tellsCost: call.model.endpoint.kind == .openRouter)
    }
}

extension Generation.Usage {
    /// What the provider reports; where it says nothing of the cost, that of the price list.
    init(_ usage: TokenUsage, listedNanoUSD: Int?) {
        self.init(
            promptTokens: usage.promptTokens, completionTokens: usage.completionTokens,
            reasoningTokens: usage.reasoningTokens, cachedTokens: usage.cachedTokens,
            costNanoUSD: usage.costNano.map { Int($0) } ?? listedNanoUSD,
            costIsEstimated: usage.costNano == nil && listedNanoUSD != nil,
            listedNanoUSD: listedNanoUSD)
    }
}

extension ChatRequest {
    /// The size of all messages, in bytes of UTF-8.
    var textBytes: Int {
        messages.reduce(0) { sum, message in
            message.parts.reduce(sum) { sum, part in
                switch part {
                case .text(let text): sum + text.utf8.count
                }
            }
        }
    }
}
