import HTTPClient
import Logging

/// Keeps the list of models of one provider current.
final class ProviderRefresher: Sendable {
    /// So many failures in a row make a provider `down` that was never reached.
    private static let failuresWhileLoading = 4

    private let endpoint: ProviderEndpoint
    private let http: HTTPClient
    private let settings: ModelCatalogue.Settings
    private let cache: ModelListCache?
    private let logger: Logger

    init(
        _ endpoint: ProviderEndpoint, http: HTTPClient, settings: ModelCatalogue.Settings,
        logger: Logger
    ) {
        self.endpoint = endpoint
        self.http = http
        self.settings = settings
        cache = settings.cacheDirectory.map { ModelListCache(directory: $0, endpoint: endpoint) }
        self.logger = logger
    }

    /// What is known before the provider was asked.
    func initialEntry() -> ProviderEntry {
        let list = cache?.load()
        return ProviderEntry(
            endpoint: endpoint, list: list, state: list == nil ? .loading : .stale,
            detail: list == nil ? nil : "The list is from before the last start.")
    }

    /// Asks again and again until cancelled, and publishes what is found out.
    func run(
        from entry: ProviderEntry, until cancellation: Cancellation,
        publish: (ProviderEntry) -> Void
    ) {
        var entry = entry
        var failures = 0
        while !cancellation.isCancelled {
            do throws(ProviderError) {
                let list = try ModelList.fetch(from: endpoint, http, cancellation)
                succeeded(list, &entry)
                failures = 0
            } catch {
                if error.code == .cancelled { return }
                if error.isAboutTheList && !endpoint.models.isEmpty {
                    // It answers, and its models are known without it.
                    succeeded(ModelList(kind: endpoint.kind, models: []), &entry)
                    failures = 0
                } else {
                    failures += 1
                    failed(error, times: failures, &entry)
                }
            }
            publish(entry)
            if cancellation.wait(for: pause(after: failures)) { return }
        }
    }

    private func pause(after failures: Int) -> Duration {
        guard failures > 0 else { return settings.refreshInterval }
        return min(settings.firstRetry * (1 << min(failures - 1, 16)), settings.longestRetry)
    }

    private func succeeded(_ list: ModelList, _ entry: inout ProviderEntry) {
        if entry.state != .ok {
            logger.info(
                "provider answers",
                metadata: ["provider": "\(endpoint.name)", "models": "\(list.models.count)"])
        }
        if list != entry.list { store(list) }
        entry.list = list
        entry.state = .ok
        entry.detail = nil
    }

    private func failed(_ error: ProviderError, times: Int, _ entry: inout ProviderEntry) {
        // It may be starting at the same moment as this process.
        if entry.state == .loading && times < Self.failuresWhileLoading { return }
        let detail =
            error.hasNoSuchPath
            ? "The provider has no list of models. An administrator can name its models."
            : error.message
        if entry.state != .down && entry.detail != detail {
            logger.warning(
                "provider does not answer with its models",
                metadata: [
                    "provider": "\(endpoint.name)", "code": "\(error.code.rawValue)",
                    "details": "\(error.details)",
                ])
        }
        entry.state = entry.list == nil ? .down : .stale
        entry.detail = detail
    }

    private func store(_ list: ModelList) {
        do {
            try cache?.store(list)
        } catch {
            logger.warning(
                "list of models not cached",
                metadata: ["provider": "\(endpoint.name)", "error": "\(error)"])
        }
    }
}

extension ProviderError {
    /// Whether a server answered that does not know the address.
    fileprivate var hasNoSuchPath: Bool { [404, 405, 410, 501].contains(status ?? 0) }

    /// Whether a server answered, but with something else than a list.
    fileprivate var isAboutTheList: Bool { hasNoSuchPath || code == .error && status == nil }
}
