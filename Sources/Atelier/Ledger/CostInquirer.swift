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
            try settle(inquiry, as: ask(inquiry, cancellation))
        }
    }

    /// - Returns: What it used and cost; `nil` when the provider does not tell, for now or for good.
    private func ask(_ inquiry: CostInquiry, _ cancellation: Cancellation) -> TokenUsage? {
        let provider = inquiry.call.provider
        guard let endpoint = providers.first(where: { $0.name == provider }) else { return nil }
        do throws(ProviderError) {
            let usage = try chat.usage(
                ofGeneration: inquiry.upstreamID, from: endpoint, cancellation: cancellation)
            return usage?.costNano == nil ? nil : usage
        } catch {
            logger.notice(
                "a provider was asked for a cost in vain",
                metadata: [
                    "call": "\(inquiry.call.id)", "provider": "\(provider)",
                    "code": "\(error.code.rawValue)",
                ])
            return nil
        }
    }

    private func settle(_ inquiry: CostInquiry, as told: TokenUsage?) throws {
        let pauseMs = told == nil ? inquiry.nextPauseMs : nil
        let wasOpen = try ledger.database.write { connection in
            if let pauseMs {
                return try ledger.postpone(
                    inquiry, until: UnixTime.milliseconds + pauseMs, in: connection)
            }
            let wasOpen =
                if let told {
                    try ledger.settle(inquiry, as: told, in: connection)
                } else {
                    try ledger.settleAsEstimated(inquiry, in: connection)
                }
            if wasOpen, let id = inquiry.call.generationID {
                let spending = try ledger.spending(ofGeneration: id, in: connection)
                try generations.setUsage(spending, of: id, in: connection)
            }
            return wasOpen
        }
        if wasOpen && pauseMs == nil {
            let cost = told?.costNano.map { Int($0) } ?? inquiry.costNanoUSD
            scoreboard.count(cost, of: inquiry.call)
        }
    }
}
