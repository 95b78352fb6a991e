/// What was known about all providers and their models at one moment.
public struct CatalogueSnapshot: Sendable {
    /// In the order in which the providers are configured and list them.
    public let models: [CatalogueModel]
    public let providers: [ProviderStatus]
    private let positions: [String: Int]

    /// The first provider's models keep their ids; those of the others get the provider's name and
    /// a slash in front. An id that two come to share belongs to the earlier provider.
    init(_ providers: [(status: ProviderStatus, models: [ModelInfo])]) {
        var models: [CatalogueModel] = []
        var positions: [String: Int] = [:]
        for (number, provider) in providers.enumerated() {
            let prefix = number == 0 ? "" : provider.status.name + "/"
            for info in provider.models where positions[prefix + info.id] == nil {
                positions[prefix + info.id] = models.count
                models.append(
                    CatalogueModel(id: prefix + info.id, provider: provider.status.name, info: info)
                )
            }
        }
        self.models = models
        self.positions = positions
        self.providers = providers.map(\.status)
    }

    public func model(_ id: String) -> CatalogueModel? {
        positions[id].map { models[$0] }
    }
}

/// A model of the merged list.
public struct CatalogueModel: Sendable, Equatable {
    /// Unique in the list; not always the provider's id, which is `info.id`.
    public let id: String
    /// The name of its ``ProviderEndpoint``.
    public let provider: String
    public let info: ModelInfo
}

/// How a provider does, judged by its list of models.
public struct ProviderStatus: Sendable, Equatable {
    public enum State: String, Sendable {
        /// It was not reached yet, is being asked, and nothing is known from before.
        case loading
        /// The list is current.
        case ok
        /// The list is older than it should be: the last attempt failed, or none was made yet.
        case stale
        /// It cannot be reached, and nothing is known from before.
        case down
    }

    public let name: String
    public let kind: ProviderKind
    public let state: State
    /// Why it is not `ok`, in words that anyone may see.
    public let detail: String?
    /// How many models it lists.
    public let models: Int
}
