import JSON
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

private struct ModelListAnswer: JSONObject {
    let items: [ModelAnswer]
    let nextCursor: String? = nil
    let defaultModel: String?
    let providers: [ProviderAnswer]

    func writeMembers(to json: inout JSONWriter) {
        json.member("items", items)
        json.member("next_cursor", nextCursor)
        json.member("default_model", defaultModel)
        json.member("providers", providers)
    }
}

private struct ModelAnswer: JSONObject {
    /// In nano-USD per million tokens.
    struct Pricing: JSONObject {
        let prompt: Int64
        let completion: Int64

        func writeMembers(to json: inout JSONWriter) {
            json.member("prompt", prompt)
            json.member("completion", completion)
        }
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

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("name", name)
        json.member("provider", provider)
        json.member("description", description)
        json.member("context_length", contextLength)
        json.member("max_output_tokens", maxOutputTokens)
        json.member("input_modalities", inputModalities)
        json.member("output_modalities", outputModalities)
        json.member("pricing", pricing)
        json.member("created_ms", createdMs)
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

private struct ProviderAnswer: JSONObject {
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

    func writeMembers(to json: inout JSONWriter) {
        json.member("name", name)
        json.member("kind", kind)
        json.member("state", state)
        json.member("detail", detail)
        json.member("models", models)
        json.member("demo", demo)
    }
}
