public import HTTPTypes
public import Logging
public import Web

/// The statistics of one request, and the warning when it is slow.
public final class RequestAccount {
    public let trace: RequestTrace
    private let scoreboard: Scoreboard
    private let slot: Int?
    private let slowness: Duration
    private let logger: Logger
    private var isAnswered = false

    /// - Parameters:
    ///   - slowness: A request that takes longer is logged.
    public init(
        id: String, method: String, scoreboard: Scoreboard, slowness: Duration, logger: Logger
    ) {
        let slot = scoreboard.takeSlot()
        trace = RequestTrace { route in
            guard let slot else { return }
            scoreboard.show(id: id, method: method, route: route, in: slot)
        }
        self.scoreboard = scoreboard
        self.slot = slot
        self.slowness = slowness
        self.logger = logger
    }

    /// The answer, or the first byte of a stream, is about to be written. Counts once.
    public func answered(_ request: Request, with status: HTTPResponse.Status) {
        guard !isAnswered else { return }
        isAnswered = true
        let elapsed = trace.elapsed
        scoreboard.count(
            method: Self.name(of: request.method), route: trace.route ?? "none",
            status: status.code, after: elapsed)
        guard elapsed > slowness else { return }
        scoreboard.add(1, to: Series(.slowRequests))
        logger.warning(
            "slow request",
            metadata: request.logMetadata.merging(["status": "\(status.code)"]) { $1 })
    }

    /// The thread is done with the request.
    public func end() {
        if let slot { scoreboard.free(slot: slot) }
    }

    /// A client may make up others, and each would be a series of its own.
    private static func name(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}
