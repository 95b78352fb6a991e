import JSON

/// What a model costs, in nano-USD (10⁻⁹) for a million tokens.
public struct ModelPrices: Sendable, Equatable, Codable {
    /// `nil` when not known or when it varies.
    public var prompt: Int64?
    public var completion: Int64?
    /// Prompt tokens read from or written to the provider's cache; `nil` means priced as `prompt`.
    public var cacheRead: Int64?
    public var cacheWrite: Int64?
    /// Reasoning tokens; `nil` means priced as `completion`.
    public var reasoning: Int64?
    /// For each request, in nano-USD.
    public var request: Int64?

    /// Whether the price depends on which model a router picks.
    public var varies = false

    public init(prompt: Int64? = nil, completion: Int64? = nil) {
        self.prompt = prompt
        self.completion = completion
    }

    /// The cost in nano-USD by this list, the whole sum rounded to the nearest integer, halves up.
    ///
    /// - Returns: `nil` without both main prices or both counts, or when the sum cannot be true.
    public func cost(of usage: TokenUsage) -> Int64? {
        guard let prompt, let completion, let promptTokens = usage.promptTokens,
            let completionTokens = usage.completionTokens
        else { return nil }
        let cached = (usage.cachedTokens ?? 0).clamped(to: promptTokens)
        let written = (usage.cacheWriteTokens ?? 0).clamped(to: promptTokens - cached)
        let reasoned = (usage.reasoningTokens ?? 0).clamped(to: completionTokens)
        let millionths: Int128 =
            Self.product(promptTokens - cached - written, prompt)
            + Self.product(cached, cacheRead ?? prompt)
            + Self.product(written, cacheWrite ?? prompt)
            + Self.product(completionTokens - reasoned, completion)
            + Self.product(reasoned, reasoning ?? completion)
        let total = (millionths + 500_000) / 1_000_000 + Int128(request ?? 0)
        return Int64(exactly: total).flatMap { Money.isCost($0) ? $0 : nil }
    }

    /// Neither count nor price is believed beyond a limit, so that no sum can overflow.
    private static func product(_ tokens: Int, _ price: Int64) -> Int128 {
        Int128(min(max(0, tokens), TokenUsage.highestCount)) * Int128(price)
    }
}

extension Int {
    /// Between zero and `limit`, which may itself be negative and is zero then.
    fileprivate func clamped(to limit: Int) -> Int {
        Swift.max(0, Swift.min(self, limit))
    }
}

extension ModelPrices {
    /// Reads OpenRouter's `pricing`: USD per token, as decimal text or numbers.
    ///
    /// A negative price means "depends on the model that is picked". Free is 0. Absent, `null` and
    /// empty are unknown.
    init?(_ json: JSONValue) {
        prompt = Self.perMillion(json["prompt"])
        completion = Self.perMillion(json["completion"])
        cacheRead = Self.perMillion(json["input_cache_read"])
        cacheWrite = Self.perMillion(json["input_cache_write"])
        reasoning = Self.perMillion(json["internal_reasoning"])
        request = json["request"].number.flatMap {
            DecimalText($0)?.clamped(by: 9, to: Money.highestCost)
        }
        guard prompt != nil || completion != nil else { return nil }
        guard
            let lowest = [prompt, completion, cacheRead, cacheWrite, reasoning, request]
                .compactMap({ $0 }).min(), lowest < 0
        else { return }
        self = ModelPrices()
        varies = true
    }

    private static func perMillion(_ json: JSONValue) -> Int64? {
        json.number.flatMap { Money.nanoUSDPerMillion($0) }
    }
}

extension ModelPrices {
    /// The same with nothing beyond what is believed: for prices that were kept by a version before.
    var bounded: ModelPrices {
        var prices = self
        for path in [
            \ModelPrices.prompt, \.completion, \.cacheRead, \.cacheWrite, \.reasoning, \.request,
        ] {
            prices[keyPath: path] = self[keyPath: path].map {
                min(max($0, 0), Money.highestPrice)
            }
        }
        return prices
    }
}
