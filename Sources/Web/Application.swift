import HTTPTypes
public import Logging

/// A router with what every answer needs: problems for errors, request ids, cache rules, a log line
/// for what went wrong.
public struct Application: Sendable {
    private let router: Router
    private let logger: Logger
    private let translate: @Sendable (any Error) -> Problem?

    /// - Parameter translate: Turns errors of lower layers into problems; `nil` leaves the error to be
    ///   answered as ``Problem/internal(cause:)``.
    public init(
        _ router: Router, logger: Logger,
        translating translate: @escaping @Sendable (any Error) -> Problem? = { _ in nil }
    ) {
        self.router = router
        self.logger = logger
        self.translate = translate
    }

    /// Answers the request; never fails.
    public func respond(to request: Request) -> Response {
        var response: Response
        do {
            if let fault = request.query.fault { throw fault }
            response = try router.respond(to: request)
        } catch {
            let problem = problem(for: error, of: request)
            response = problem.response(requestID: request.id)
        }
        response.headers[.xRequestID] = request.id
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = "no-store"
        }
        return response
    }

    /// The problem that stands for an error, for answers and stream events alike; what the client
    /// must not see is logged.
    public func problem(for error: any Error, of request: Request) -> Problem {
        let problem = error as? Problem ?? translate(error) ?? .internal(cause: error)
        if problem.status.kind == .serverError {
            logger.error(
                "request failed",
                metadata: request.logMetadata.merging([
                    "status": "\(problem.status.code)", "code": "\(problem.code.rawValue)",
                    "cause": "\(problem.cause ?? problem)",
                ]) { $1 })
        }
        return problem
    }
}

extension HTTPField.Name {
    static let xRequestID = Self("X-Request-ID")!
}
