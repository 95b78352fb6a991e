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
    /// Whom it is made to; a version before did not keep it.
    var provider: String?
    /// What was spent before it on the same answer; `nil` is nothing.
    var earlier: EarlierCalls?

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

    /// What became of a call, for the account.
    private enum Charge {
        case nothing
        case cost
        /// The provider tells it later.
        case open(OpenCall)
    }

    private func charge(
        _ usage: Generation.Usage, upstreamID: String?, cameToNothing: Bool, isAnswer: Bool
    ) -> Charge {
        if usage.costNanoUSD != nil && !usage.costIsEstimated { return .cost }
        if cameToNothing { return .nothing }
        guard tellsCost, let upstreamID else { return .cost }
        return .open(
            OpenCall(
                provider: provider, upstreamID: upstreamID,
                estimatedNanoUSD: usage.costNanoUSD ?? 0, isAnswer: isAnswer))
    }

    /// What a call that has ended used, and how that is booked; with the cost of the attempts before.
    typealias Booking = (usage: Generation.Usage, closing: LedgerEntry.Closing)

    /// - Parameters:
    ///   - upstreamID: The provider's own id of the call, if it has told.
    ///   - cameToNothing: The provider refused it, or gave no sign that it ever had it.
    func booking(
        reported: TokenUsage? = nil, text: String, reasoning: String, upstreamID: String?,
        cameToNothing: Bool
    ) -> Booking {
        let earlier = earlier ?? EarlierCalls()
        var usage = usage(reported: reported, text: text, reasoning: reasoning)
        var open = earlier.open
        var isPaid = earlier.costNanoUSD > 0
        switch charge(
            usage, upstreamID: upstreamID, cameToNothing: cameToNothing, isAnswer: true)
        {
        case .nothing: usage = Generation.Usage()
        case .cost: isPaid = true
        case .open(let call): open.append(call)
        }
        let restIsEstimated = earlier.isEstimated || usage.costIsEstimated && open == earlier.open
        if earlier != EarlierCalls() {
            usage.costNanoUSD = (usage.costNanoUSD ?? 0) + earlier.bookedNanoUSD
            usage.costIsEstimated = restIsEstimated || !open.isEmpty
        }
        if !open.isEmpty {
            return (usage, .inquire(OpenCalls(calls: open, restIsEstimated: restIsEstimated)))
        }
        return (usage, isPaid ? .settle : .release)
    }

    func booking(of outcome: ChatOutcome, upstreamID: String?) -> Booking {
        booking(
            reported: outcome.usage, text: outcome.text, reasoning: outcome.reasoning,
            upstreamID: upstreamID, cameToNothing: outcome.cameToNothing)
    }

    /// What was spent when this call has come to nothing and another one is made in its place.
    func spent(on outcome: ChatOutcome, upstreamID: String?) -> EarlierCalls {
        var earlier = earlier ?? EarlierCalls()
        let usage = usage(
            reported: outcome.usage, text: outcome.text, reasoning: outcome.reasoning)
        switch charge(
            usage, upstreamID: upstreamID, cameToNothing: outcome.cameToNothing, isAnswer: false)
        {
        case .nothing: break
        case .cost:
            earlier.costNanoUSD += usage.costNanoUSD ?? 0
            earlier.isEstimated = earlier.isEstimated || usage.costIsEstimated
        case .open(let call): earlier.open.append(call)
        }
        return earlier
    }
}

extension CallAccount {
    init(_ call: ChatCall, earlier: EarlierCalls? = nil) {
        self.init(
            promptTokens: call.request.textBytes / Self.bytesPerToken, prices: call.model.prices,
            tellsCost: call.model.endpoint.kind == .openRouter, provider: call.model.provider,
            earlier: earlier)
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
