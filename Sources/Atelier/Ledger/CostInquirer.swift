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
            let reported = ask(inquiry, cancellation)
            if let usage = reported ?? (inquiry.nextPauseMs == nil ? inquiry.estimate : nil) {
                try book(usage, for: inquiry)
            } else if let pause = inquiry.nextPauseMs {
                try ledger.postpone(inquiry, until: UnixTime.milliseconds + pause)
            }
        }
    }

    /// - Returns: `nil` when the provider does not tell, for now or for good.
    private func ask(
        _ inquiry: CostInquiry, _ cancellation: Cancellation
    ) -> Generation.Usage? {
        guard let endpoint = providers.first(where: { $0.name == inquiry.provider }) else {
            return nil
        }
        do throws(ProviderError) {
            let usage = try chat.usage(
                ofGeneration: inquiry.upstreamID, from: endpoint, cancellation: cancellation)
            guard let usage, usage.costNano != nil else { return nil }
            return Generation.Usage(usage, listedNanoUSD: inquiry.estimate.listedNanoUSD)
        } catch {
            logger.notice(
                "a provider was asked for a cost in vain",
                metadata: [
                    "generation": "\(inquiry.generationID)", "provider": "\(inquiry.provider)",
                    "code": "\(error.code.rawValue)",
                ])
            return nil
        }
    }

    private func book(_ usage: Generation.Usage, for inquiry: CostInquiry) throws {
        let isBooked = try ledger.database.write { connection in
            guard try ledger.settle(inquiry, as: usage, in: connection) else { return false }
            try generations.setUsage(usage, of: inquiry.generationID, in: connection)
            return true
        }
        if isBooked { scoreboard.count(usage, of: inquiry.model, provider: inquiry.provider) }
    }
}
