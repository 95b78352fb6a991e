import HTTPClient
import Logging
import Providers
import SQL

/// Asks providers what calls have cost that were stopped, broke off or lost their runner, and books it.
struct CostInquirer: Sendable {
    let ledger: Ledger
    let generations: GenerationStore
    let providers: [ProviderEndpoint]
    let chat: ChatClient
    let scoreboard: Scoreboard
    let logger: Logger

    /// How many are asked for in one go.
    private static let batch = 100

    /// Asks for every cost that is due.
    func askDue(cancellation: Cancellation) throws {
        for inquiry in try ledger.dueInquiries(now: UnixTime.milliseconds, limit: Self.batch) {
            if cancellation.isCancelled { return }
            if !inquiry.isReadable {
                logger.error(
                    "the calls of a ledger entry cannot be read; the estimate of its cost stands",
                    metadata: ["generation": "\(inquiry.generationID)"])
            }
            try settle(asked(inquiry, cancellation))
        }
    }

    /// The inquiry with what the provider tells by now.
    private func asked(_ inquiry: CostInquiry, _ cancellation: Cancellation) -> CostInquiry {
        var inquiry = inquiry
        for call in inquiry.open.calls {
            if let usage = ask(call, of: inquiry, cancellation) { inquiry.note(usage, of: call) }
        }
        return inquiry
    }

    /// - Returns: `nil` when the provider does not tell, for now or for good.
    private func ask(
        _ call: OpenCall, of inquiry: CostInquiry, _ cancellation: Cancellation
    ) -> Generation.Usage? {
        let provider = call.provider ?? inquiry.provider
        guard let endpoint = providers.first(where: { $0.name == provider }) else { return nil }
        do throws(ProviderError) {
            let usage = try chat.usage(
                ofGeneration: call.upstreamID, from: endpoint, cancellation: cancellation)
            guard let usage, usage.costNano != nil else { return nil }
            return Generation.Usage(usage, listedNanoUSD: nil)
        } catch {
            logger.notice(
                "a provider was asked for a cost in vain",
                metadata: [
                    "generation": "\(inquiry.generationID)", "provider": "\(provider)",
                    "code": "\(error.code.rawValue)",
                ])
            return nil
        }
    }

    private func settle(_ inquiry: CostInquiry) throws {
        let pauseMs = inquiry.open.calls.isEmpty ? nil : inquiry.nextPauseMs
        let isBooked = try ledger.database.write { connection in
            let isOpen =
                if let pauseMs {
                    try ledger.postpone(
                        inquiry, until: UnixTime.milliseconds + pauseMs, in: connection)
                } else {
                    try ledger.settle(inquiry, in: connection)
                }
            if isOpen {
                try generations.setUsage(inquiry.usage, of: inquiry.generationID, in: connection)
            }
            return isOpen && pauseMs == nil
        }
        if isBooked {
            scoreboard.count(inquiry.usage, of: inquiry.model, provider: inquiry.provider)
        }
    }
}
