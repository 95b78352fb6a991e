import Crypto
import HTTPTypes
import Providers
import Web

/// A model that was chosen for an answer, and what to mind with it.
struct ModelChoice: Sendable {
    /// Its id in our list; the provider may call it otherwise.
    let id: String
    let name: String
    var endpoint: ProviderEndpoint
    var provider: String { endpoint.name }
    let upstreamID: String
    let prices: ModelPrices?
    /// Tokens of prompt and answer together.
    private let contextLength: Int

    private let maxOutputTokens: Int?

    /// What is assumed of models whose provider does not say.
    private static let assumedContextLength = 32_768
    /// A cautious estimate; most languages have more.
    private static let bytesPerToken = 3
    /// In bytes, two million tokens: a server may say that it reads any amount, and each answer that
    /// runs holds its prompt in memory.
    private static let longestPrompt = 6 << 20
    /// Long enough for any answer, and small enough not to be refused for want of credit.
    private static let longestAnswer = 16_384

    init(_ resolved: ResolvedModel, id: String) {
        self.id = id
        name = resolved.info.name
        endpoint = resolved.endpoint
        upstreamID = resolved.info.id
        prices = resolved.info.prices
        contextLength = resolved.info.contextLength ?? Self.assumedContextLength
        maxOutputTokens = resolved.info.maxOutputTokens
    }

    /// What an answer may hold, in tokens.
    var answerTokenLimit: Int {
        max(16, min(maxOutputTokens ?? .max, Self.longestAnswer, contextLength / 4))
    }

    /// As many as a text may have.
    func tokens(ofBytes bytes: Int) -> Int { bytes / Self.bytesPerToken + 1 }

    /// What may be sent, in bytes of text.
    var promptByteLimit: Int {
        min(max(1, contextLength - answerTokenLimit) * Self.bytesPerToken, Self.longestPrompt)
    }
}

/// The models a person may choose, and the choice where they make none.
struct ModelService: Sendable {
    let catalogue: ModelCatalogue
    private let defaultModel: String?
    private let titleModel: String?
    private let pseudonymKey: SymmetricKey

    private static let firstListPatience = Duration.seconds(3)

    /// - Parameter pseudonymKey: Makes the names by which providers know our users.
    init(catalogue: ModelCatalogue, settings: Settings, pseudonymKey: SymmetricKey) {
        self.catalogue = catalogue
        defaultModel = settings.defaultModel
        titleModel = settings.titleModel
        self.pseudonymKey = pseudonymKey
    }

    /// Whether nobody but the demo provider is there.
    var isDemo: Bool { catalogue.snapshot.providers.allSatisfy(\.isDemo) }

    /// The model of that id, or the default one. Waits a little for providers that are being asked for
    /// their models for the first time.
    ///
    /// - Throws: ``Problem`` `model_unknown`; `provider_unavailable` while it may be a model of a
    ///   provider that does not answer.
    func choose(_ id: String?) throws(Problem) -> ModelChoice {
        if let choice = find(id) { return choice }
        catalogue.waitWhileLoading(upTo: Self.firstListPatience)
        if let choice = find(id) { return choice }
        let silent = catalogue.snapshot.providers.filter { $0.models == 0 }.map(\.name)
        guard silent.isEmpty else {
            throw Problem(
                .serviceUnavailable, "provider_unavailable",
                "\(silent.joined(separator: ", ")) cannot be reached right now. Nothing was stored; choose another model, or try again in a moment."
            )
        }
        guard let id else {
            throw Problem(
                .serviceUnavailable, "provider_unavailable",
                "No provider offers a model that chats. Nothing was stored.")
        }
        let shown = id.utf8.count <= ModelInfo.longestID ? "\(id)" : "of such a long name"
        throw Problem(
            .unprocessableContent, "model_unknown",
            "There is no model \(shown) right now. Choose another one.")
    }

    /// The models of these ids that can be asked right now, but for `first`.
    func alternatives(_ ids: [String], to first: ModelChoice) -> [ModelChoice] {
        ids.filter { $0 != first.id }.compactMap(find)
    }

    private func find(_ id: String?) -> ModelChoice? {
        guard let id = id ?? defaultModelID else { return nil }
        return catalogue.resolve(id).map { ModelChoice($0, id: id) }
    }

    /// The configured default, else the first model that chats.
    var defaultModelID: String? {
        let snapshot = catalogue.snapshot
        if let defaultModel, snapshot.model(defaultModel) != nil { return defaultModel }
        return snapshot.models.first { $0.info.chats }?.id
    }

    /// The model that makes titles for answers of another: the configured one, else the cheapest of
    /// the same provider that costs anything (free ones are often limited), else the same one.
    func titleModel(for id: String) -> ModelChoice? {
        let snapshot = catalogue.snapshot
        if let titleModel, let resolved = catalogue.resolve(titleModel) {
            return ModelChoice(resolved, id: titleModel)
        }
        let provider = snapshot.model(id)?.provider
        let cheapest = snapshot.models
            .filter { $0.provider == provider && $0.info.chats && ($0.info.totalPrice ?? 0) > 0 }
            .min { ($0.info.totalPrice ?? 0) < ($1.info.totalPrice ?? 0) }
        let chosen = cheapest?.id ?? id
        return catalogue.resolve(chosen).map { ModelChoice($0, id: chosen) }
    }

    /// A name for a user that a provider can tell abuse by, and nothing else.
    func pseudonym(of user: User) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(user.id.utf8), using: pseudonymKey)
        return Base64URL.encode(Array(code.prefix(12)))
    }
}

extension ModelInfo {
    /// Prompt and answer of a million tokens each, in nano-USD.
    fileprivate var totalPrice: Int64? {
        guard let prompt = prices?.prompt, let completion = prices?.completion else { return nil }
        return prompt + completion
    }
}

extension ProviderStatus {
    /// Whether it is the built-in provider that makes everything up.
    var isDemo: Bool { name == "demo" }
}
