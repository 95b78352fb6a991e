import FoundationEssentials
import Providers

/// What has to be known of a call to estimate its cost; kept in its row, and in the live stream where
/// the call begins, so that another process can when the runner has died.
struct CallAccount: Codable, Equatable, Sendable {
    /// Estimated from the length of the prompt.
    let promptTokens: Int
    /// As they were when the call was made.
    let prices: ModelPrices?
    /// Whether the provider can be asked for the cost afterwards.
    let tellsCost: Bool
    /// Whom it is made to; a version before did not keep it.
    var provider: String?
    /// Its id; in the stream of a version before there is none.
    var call: String?
    /// What was spent before it on the same answer: in the stream of a version before, which had one
    /// entry for all of it.
    var earlier: EarlierCalls?

    /// Typical of prose in most languages.
    static let bytesPerToken = 4

    /// What a call used and cost: as the provider reports it, else estimated from the words that came.
    ///
    /// - Parameters:
    ///   - upstreamID: The provider's own id of the call, if it has told.
    ///   - cameToNothing: The provider refused it, or gave no sign that it ever had it.
    func booking(
        reported: TokenUsage? = nil, text: String, reasoning: String, upstreamID: String?,
        cameToNothing: Bool, outcome: String = Booking.interrupted
    ) -> Booking {
        let reasoningTokens = reasoning.utf8.count / Self.bytesPerToken
        let usage =
            reported
            ?? TokenUsage(
                promptTokens: promptTokens,
                completionTokens: text.utf8.count / Self.bytesPerToken + reasoningTokens,
                reasoningTokens: reasoningTokens)
        if usage.costNano == nil && cameToNothing {
            return Booking(closing: .release, upstreamID: upstreamID, outcome: outcome)
        }
        let listed = prices?.cost(of: usage)
        let isToldLater = usage.costNano == nil && tellsCost && upstreamID != nil
        return Booking(
            closing: isToldLater ? .inquire : .settle, usage: usage,
            listedNanoUSD: listed.map { Int($0) },
            costNanoUSD: (usage.costNano ?? listed).map { Int($0) }, upstreamID: upstreamID,
            outcome: outcome)
    }

    func booking(of outcome: ChatOutcome) -> Booking {
        var booking = booking(
            reported: outcome.usage, text: outcome.text, reasoning: outcome.reasoning,
            upstreamID: outcome.origin.generationID, cameToNothing: outcome.cameToNothing,
            outcome: outcome.error?.code.rawValue ?? outcome.state.rawValue)
        booking.answeredModel = outcome.origin.model
        return booking
    }
}

extension ChatOutcome {
    /// The provider refused the call, or gave no sign that it ever had it.
    var cameToNothing: Bool {
        wasRefused || (nothingStreamed && origin.generationID == nil)
    }
}
