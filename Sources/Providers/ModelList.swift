import HTTPClient
import HTTPTypes
import JSON

/// The models of one provider, and what the list tells about the server.
struct ModelList: Codable, Equatable {
    var kind: ProviderKind
    var models: [ModelInfo]

    private static let maximumBytes = 32 << 20

    /// Asks the provider for its list.
    static func fetch(
        from endpoint: ProviderEndpoint, _ http: HTTPClient, _ cancellation: Cancellation
    ) throws(ProviderError) -> ModelList {
        let redactor = Redactor(endpoint.apiKey)
        var request = endpoint.request(.get, "models")
        request.timeouts.firstByte = endpoint.timeouts.modelList
        request.timeouts.total = endpoint.timeouts.modelList
        request.maximumResponseBytes = maximumBytes
        let answer: HTTPClient.Response
        do {
            answer = try http.send(request, cancellation: cancellation)
        } catch {
            throw ProviderError(error)
        }
        guard answer.head.status.code < 300 else {
            throw ProviderError(head: answer.head, body: answer.body, redactor: redactor)
        }
        guard let list = ModelList(answer.body, configured: endpoint.kind) else {
            throw ProviderError(
                .error, "The provider's list of models could not be understood.",
                details: redactor.excerpt(ProviderError.gist(of: answer.body), limit: 500))
        }
        return list
    }

    /// More are not kept of one provider.
    private static let mostModels = 10_000

    /// Reads `{"data":[…]}`, where `data` may be null, `{"models":[…]}` or a bare array, of objects or
    /// of ids alone; entries that are none and ids that come a second time are left out.
    ///
    /// - Returns: `nil` when it is no such list.
    init?(_ body: [UInt8], configured kind: ProviderKind) {
        guard let json = JSONValue(body), let entries = Self.entries(json) else { return nil }
        let areBareIDs = entries.allSatisfy(\.isText)
        let wire = entries.prefix(Self.mostModels).compactMap { entry in
            areBareIDs || entry.isObject ? WireModel(entry) : nil
        }
        var seen: Set<String> = []
        models = wire.map(\.info).filter { seen.insert($0.id).inserted }
        self.kind = kind == .auto ? Self.kind(of: wire) : kind
    }

    private static func entries(_ json: JSONValue) -> [JSONValue]? {
        if case .array(let entries) = json { return entries.isEmpty ? nil : entries }
        for list in [json["data"], json["models"]] {
            if case .array(let entries) = list { return entries }
        }
        guard json.contains("data"), case .null = json["data"] else { return nil }
        return []
    }

    init(kind: ProviderKind, models: [ModelInfo]) {
        self.kind = kind
        self.models = models
    }

    private static func kind(of models: [WireModel]) -> ProviderKind {
        if models.contains(where: \.isRich) { return .openRouter }
        return switch models.first?.ownedBy {
        case "vllm": .vllm
        case "llamacpp": .llamaCpp
        case "library": .ollama
        case nil: models.isEmpty ? .auto : .compatible
        default: .compatible
        }
    }
}
