import Providers
import SQL

/// What generations come to.
extension Scoreboard {
    /// Counts a generation that has just ended, and the tokens of its answer.
    func count(_ generation: Generation) {
        add(1, to: Series(.generations, generation.state.rawValue))
        let usage = generation.usage
        let tokens = [
            ("prompt", usage.promptTokens), ("completion", usage.completionTokens),
            ("reasoning", usage.reasoningTokens), ("cached", usage.cachedTokens),
        ]
        for (kind, count) in tokens {
            if let count, count > 0 { add(count, to: Series(.tokens, kind)) }
        }
    }

    /// Counts a cost that has just been booked, in nano-USD.
    func count(_ cost: Int?, of call: Call) {
        guard let cost, cost > 0 else { return }
        add(cost, to: Series(.cost, call.provider, call.model))
    }

    func count(_ error: ProviderError, of provider: String) {
        add(1, to: Series(.providerErrors, provider, error.code.rawValue))
    }

    /// A queue of writers whose waits are counted.
    func writeQueue() -> WriteQueue {
        WriteQueue { [self] wait in observe(wait, in: Series(.gateWait)) }
    }
}
