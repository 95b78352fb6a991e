import JSON

/// What an answer used, as far as the provider tells. No relation between the counts holds for
/// certain: a provider was seen to report 11 reasoning tokens among 10.
public struct TokenUsage: Sendable, Equatable {
    public var promptTokens: Int?
    public var completionTokens: Int?
    /// Part of the completion.
    public var reasoningTokens: Int?
    /// Part of the prompt, read from the provider's cache.
    public var cachedTokens: Int?
    /// Part of the prompt, written to the provider's cache.
    public var cacheWriteTokens: Int?

    /// The cost in nano-USD (10⁻⁹). With an own key behind the provider, its fee and the price of
    /// that key's owner together.
    public var costNano: Int64?

    /// More tokens are not believed of one call.
    static let highestCount = 1_000_000_000

    public init(
        promptTokens: Int? = nil, completionTokens: Int? = nil, reasoningTokens: Int? = nil,
        cachedTokens: Int? = nil, cacheWriteTokens: Int? = nil, costNano: Int64? = nil
    ) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.reasoningTokens = reasoningTokens
        self.cachedTokens = cachedTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.costNano = costNano
    }
}

extension TokenUsage {
    /// Reads the `usage` object of an answer; anything else is none.
    init?(_ json: JSONValue) {
        guard json.isObject else { return nil }
        self.init(
            promptTokens: json["prompt_tokens"].tokens,
            completionTokens: json["completion_tokens"].tokens,
            reasoningTokens: json["completion_tokens_details"]["reasoning_tokens"].tokens,
            // DeepSeek's word for it stands beside the others.
            cachedTokens: json["prompt_tokens_details"]["cached_tokens"].tokens
                ?? json["prompt_cache_hit_tokens"].tokens,
            cacheWriteTokens: json["prompt_tokens_details"]["cache_write_tokens"].tokens,
            costNano: Self.cost(json))
    }

    private static func cost(_ json: JSONValue) -> Int64? {
        guard let cost = json["cost"].costNano else { return nil }
        guard json["is_byok"].bool == true else { return cost }
        let upstream = json["cost_details"]["upstream_inference_cost"].costNano ?? 0
        return min(cost + upstream, Money.highestCost)  // each of them is at most that
    }
}

extension JSONValue {
    /// A number of tokens; `nil` where it is none, or negative.
    var tokens: Int? { count(upTo: TokenUsage.highestCount) }

    /// What a call has cost, from an amount in USD; `nil` where that cannot be true.
    var costNano: Int64? {
        number.flatMap { Money.nanoUSD($0) }.flatMap { Money.isCost($0) ? $0 : nil }
    }
}
