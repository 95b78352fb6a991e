import Providers
import Web

/// The list of models.
struct ModelRoutes: Sendable {
    let models: ModelService
    let authenticator: Authenticator

    func add(to router: inout Router) {
        router.get("/models") { request in
            _ = try authenticator.caller(of: request)
            models.catalogue.waitWhileLoading(upTo: .seconds(2))
            let snapshot = models.catalogue.snapshot
            return .json(
                ModelListAnswer(
                    items: snapshot.models.filter(\.info.chats).map(ModelAnswer.init),
                    defaultModel: models.defaultModelID,
                    providers: snapshot.providers.map(ProviderAnswer.init)))
        }
    }
}

private struct ModelListAnswer: Encodable {
    let items: [ModelAnswer]
    let nextCursor: String? = nil
    let defaultModel: String?
    let providers: [ProviderAnswer]

    enum CodingKeys: String, CodingKey {
        case items, providers
        case nextCursor = "next_cursor"
        case defaultModel = "default_model"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(nextCursor, forKey: .nextCursor)
        try container.encode(defaultModel, forKey: .defaultModel)
        try container.encode(providers, forKey: .providers)
    }
}

private struct ModelAnswer: Encodable {
    /// In nano-USD per million tokens.
    struct Pricing: Encodable {
        let prompt: Int64
        let completion: Int64
    }

    let id: String
    let name: String
    let provider: String
    let description: String?
    let contextLength: Int?
    let maxOutputTokens: Int?
    let inputModalities: [String]
    let outputModalities: [String]
    let pricing: Pricing?
    let createdMs: Int64?

    enum CodingKeys: String, CodingKey {
        case id, name, provider, description, pricing
        case contextLength = "context_length"
        case maxOutputTokens = "max_output_tokens"
        case inputModalities = "input_modalities"
        case outputModalities = "output_modalities"
        case createdMs = "created_ms"
    }

    /// The list is for choosing from, not for reading novels.
    private static let descriptionLength = 300

    init(_ model: CatalogueModel) {
        id = model.id
        name = model.info.name
        provider = model.provider
        description = model.info.description.map { String($0.prefix(Self.descriptionLength)) }
        contextLength = model.info.contextLength
        maxOutputTokens = model.info.maxOutputTokens
        inputModalities = model.info.inputModalities
        outputModalities = model.info.outputModalities
        createdMs = model.info.createdMs
        if let prompt = model.info.prices?.prompt, let completion = model.info.prices?.completion {
            pricing = Pricing(prompt: prompt, completion: completion)
        } else {
            pricing = nil
        }
    }
}

private struct ProviderAnswer: Encodable {
    let name: String
    let kind: String
    let state: String
    let detail: String?
    let models: Int
    let demo: Bool

    init(_ status: ProviderStatus) {
        name = status.name
        kind = status.kind.rawValue
        state = status.state.rawValue
        detail = status.detail
        models = status.models
        demo = status.isDemo
    }
}
