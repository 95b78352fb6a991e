/// What one token costs.
struct Price: Sendable {
    let prompt: NanoUSD
    let completion: NanoUSD

    /// - Parameters: Nano-USD per token; 1,000 is one dollar per million tokens.
    init(prompt: Int, completion: Int) {
        self.prompt = NanoUSD(prompt)
        self.completion = NanoUSD(completion)
    }
}

/// The tokens of one generation, by an estimate that depends on the texts alone: one token for
/// every four bytes of UTF-8, rounded up.
struct DemoUsage: Sendable {
    let price: Price
    let promptTokens: Int
    private var answerBytes = 0
    private var reasoningBytes = 0

    init(price: Price, promptTokens: Int) {
        self.price = price
        self.promptTokens = promptTokens
    }

    static func tokens(bytes: Int) -> Int { (bytes + 3) / 4 }

    var reasoningTokens: Int { Self.tokens(bytes: reasoningBytes) }
    /// Reasoning is part of it.
    var completionTokens: Int { Self.tokens(bytes: answerBytes) + reasoningTokens }
    var promptCost: NanoUSD { NanoUSD(promptTokens * price.prompt.value) }
    var completionCost: NanoUSD { NanoUSD(completionTokens * price.completion.value) }
    var cost: NanoUSD { NanoUSD(promptCost.value + completionCost.value) }

    mutating func count(_ delta: Delta) {
        switch delta {
        case .content(let text): answerBytes += text.utf8.count
        case .reasoning(let text): reasoningBytes += text.utf8.count
        case .toolCall(let fragment): answerBytes += fragment.arguments.utf8.count
        case .signature, .image: break
        }
    }

    /// The `usage` object of answers (OpenRouter's documentation, "Usage Accounting").
    var json: JSONLiteral {
        #"""
        {"prompt_tokens":\#(promptTokens),"completion_tokens":\#(completionTokens),\#
        "total_tokens":\#(promptTokens + completionTokens),"cost":\#(cost),"is_byok":false,\#
        "prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0,"audio_tokens":0,"video_tokens":0},\#
        "cost_details":{"upstream_inference_cost":\#(cost),\#
        "upstream_inference_prompt_cost":\#(promptCost),\#
        "upstream_inference_completions_cost":\#(completionCost)},\#
        "completion_tokens_details":{"reasoning_tokens":\#(reasoningTokens),"image_tokens":0,"audio_tokens":0}}
        """#
    }
}
