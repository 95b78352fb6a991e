public import HTTPClient
public import Logging
import Threads

/// The models of all configured providers, kept current in the background.
///
/// Each provider has a thread of its own, so one that is down or slow keeps no other waiting.
/// Reading does not wait for the network, but for ``waitWhileLoading(upTo:)``.
public final class ModelCatalogue: Sendable {
    public struct Settings: Sendable {
        /// Between two looks at a provider that answers.
        public var refreshInterval = Duration.seconds(600)

        /// Before a provider that failed is asked again; doubles up to ``longestRetry``.
        public var firstRetry = Duration.milliseconds(100)
        public var longestRetry = Duration.seconds(60)

        /// Where the last lists are kept, a file for each provider, so that a process that starts
        /// has them at once. Made when it is missing. `nil` keeps none.
        public var cacheDirectory: String?

        public init() {}
    }

    private struct State {
        var entries: [ProviderEntry]
        var snapshot: CatalogueSnapshot
    }

    private let state: Monitor<State>
    private let cancellation = Cancellation()
    private let refreshers: [ProviderRefresher]
    private let threads = Monitor<[Thread]>([])
    private let logger: Logger

    /// Reads the cached lists; nothing is asked over the network before ``start()``.
    ///
    /// - Parameter endpoints: In order of rank; their names must differ, else later ones are left
    ///   out.
    public init(
        _ endpoints: [ProviderEndpoint], http: HTTPClient, settings: Settings = Settings(),
        logger: Logger
    ) {
        self.logger = logger
        var names: Set<String> = []
        let endpoints = endpoints.filter { names.insert($0.name).inserted }
        refreshers = endpoints.map {
            ProviderRefresher($0, http: http, settings: settings, logger: logger)
        }
        let entries = refreshers.map { $0.initialEntry() }
        state = Monitor(State(entries: entries, snapshot: CatalogueSnapshot(entries)))
    }

    deinit {
        stop()
    }

    /// The latest lists. Cheap enough for every request.
    public var snapshot: CatalogueSnapshot { state.withLock { $0.snapshot } }

    /// Where to send a request for a model of the merged list.
    ///
    /// - Returns: `nil` for an id that is in no list. While a provider is `loading` or `down` its
    ///   models are in no list either.
    public func resolve(_ id: String) -> ResolvedModel? {
        state.withLock { state in
            guard let model = state.snapshot.model(id),
                let entry = state.entries.first(where: { $0.endpoint.name == model.provider })
            else { return nil }
            return ResolvedModel(endpoint: entry.endpointOfKnownKind, info: model.info)
        }
    }

    /// Waits until every provider was reached or given up for the first time.
    public func waitWhileLoading(upTo limit: Duration) {
        _ = state.wait(upTo: limit) { state in
            state.entries.contains { $0.state == .loading } ? nil : ()
        }
    }

    /// Starts one thread for each provider. Once only.
    public func start() {
        threads.withLock { threads in
            guard threads.isEmpty, !cancellation.isCancelled else { return }
            threads = refreshers.indices.compactMap(thread(forProvider:))
        }
    }

    private func thread(forProvider index: Int) -> Thread? {
        let thread = try? Thread.start(stackBytes: 1 << 20) { [state, refreshers, cancellation] in
            let entry = state.withLock { $0.entries[index] }
            refreshers[index].run(from: entry, until: cancellation) { entry in
                state.change { state in
                    state.entries[index] = entry
                    state.snapshot = CatalogueSnapshot(state.entries)
                }
            }
        }
        if thread == nil { logger.critical("no thread for the list of models of a provider") }
        return thread
    }

    /// Ends the threads, in the middle of a transfer if need be, and waits for them. What is known
    /// stays readable.
    public func stop() {
        cancellation.cancel()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }
}

/// A model, and the provider to ask for it.
public struct ResolvedModel: Sendable {
    /// With the kind filled in, where it was `auto` and could be found out.
    public let endpoint: ProviderEndpoint

    /// `info.id` is what the provider calls the model.
    public let info: ModelInfo
}

/// What is known about one provider.
struct ProviderEntry: Sendable {
    let endpoint: ProviderEndpoint
    var list: ModelList?
    var state: ProviderStatus.State
    var detail: String?

    /// Those of its list, and those that the configuration names. The latter chat, whatever the list
    /// makes of them.
    var models: [ModelInfo] {
        var models = list?.models ?? []
        for id in endpoint.models {
            guard let index = models.firstIndex(where: { $0.id == id }) else {
                models.append(ModelInfo(id: id))
                continue
            }
            if !models[index].chats { models[index].outputModalities.append("text") }
        }
        return models
    }

    var endpointOfKnownKind: ProviderEndpoint {
        var endpoint = endpoint
        endpoint.kind = list?.kind ?? endpoint.kind
        return endpoint
    }

    var status: ProviderStatus {
        ProviderStatus(
            name: endpoint.name, kind: endpointOfKnownKind.kind, state: state, detail: detail,
            models: models.count)
    }
}

extension CatalogueSnapshot {
    fileprivate init(_ entries: [ProviderEntry]) {
        self.init(entries.map { ($0.status, $0.models) })
    }
}
