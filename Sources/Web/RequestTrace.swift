public import Logging

/// What becomes known of a request while it is answered, for statistics and the log.
///
/// Holds nothing that a person wrote: no ids of the path, no query, no body.
public final class RequestTrace {
    public let started = ContinuousClock.now
    /// The pattern of the route that was found, such as `/conversations/{id}`.
    public internal(set) var route: String? {
        didSet { if let route { onRoute(route) } }
    }
    /// Who sent the request, once that is known.
    public var userID: String?
    private let onRoute: (String) -> Void

    /// - Parameter onRoute: Called when the route has been found, before its handler runs.
    public init(onRoute: @escaping (String) -> Void = { _ in }) {
        self.onRoute = onRoute
    }

    /// How long the request has been running.
    public var elapsed: Duration { .now - started }
}

extension Request {
    /// What every log line about the request holds.
    public var logMetadata: Logger.Metadata {
        let (seconds, attoseconds) = trace.elapsed.components
        var metadata: Logger.Metadata = [
            "request": "\(id)", "method": "\(method)", "route": "\(trace.route ?? "none")",
            "ms": "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)",
        ]
        if let user = trace.userID { metadata["user"] = "\(user)" }
        return metadata
    }
}
