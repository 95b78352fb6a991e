public import HTTPClient

/// Which server software answers. They all speak OpenAI's chat protocol, with small differences.
public enum ProviderKind: String, Sendable, Codable, CaseIterable {
    case openRouter = "openrouter"
    case openAI = "openai"
    case vllm
    case ollama
    case llamaCpp = "llamacpp"

    /// Any other server with OpenAI's protocol; gets only what all of them know.
    case compatible

    /// To be found out: from the address, or from the list of models.
    case auto

    /// The kind that the address alone gives away, else `auto`.
    public static func guess(from url: HTTPURL) -> ProviderKind {
        let host = url.host.lowercased()
        return switch true {
        case host == "openrouter.ai" || host.hasSuffix(".openrouter.ai"): .openRouter
        case host == "api.openai.com": .openAI
        case url.port == 11434: .ollama
        default: .auto
        }
    }
}
