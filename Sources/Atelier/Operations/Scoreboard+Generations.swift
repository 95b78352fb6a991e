import Providers
import SQL

/// What generations come to.
extension Scoreboard {
    /// Counts a generation that has just ended.
    ///
    /// - Parameter isBooked: Whether its cost is known; if not, it is counted when it is.
    func count(_ generation: Generation, isBooked: Bool) {
        add(1, to: Series(.generations, generation.state.rawValue))
        let usage = generation.usage
        let tokens = [
            ("prompt", usage.promptTokens), ("completion", usage.completionTokens),
            ("reasoning", usage.reasoningTokens), ("cached", usage.cachedTokens),
        ]
        for (kind, count) in tokens {
            if let count, count > 0 { add(count, to: Series(.tokens, kind)) }
        }
        if isBooked { count(usage, of: generation.model, provider: generation.provider) }
    }

    /// Counts a cost that has just been booked.
    func count(_ usage: Generation.Usage, of model: String, provider: String) {
        guard let cost = usage.costNanoUSD, cost > 0 else { return }
        add(cost, to: Series(.cost, provider, model))
    }

    func count(_ error: ProviderError, of provider: String) {
        add(1, to: Series(.providerErrors, provider, error.code.rawValue))
    }

    /// A queue of writers whose waits are counted.
    func writeQueue() -> WriteQueue {
        WriteQueue { [self] wait in observe(wait, in: Series(.gateWait)) }
    }
}
