import HTTPTypes
public import Web

/// A stand-in for OpenRouter that needs neither key nor network; the same request gets the same
/// text.
///
/// Two kinds of models answer. Those of `demo/…` chat, and are what a newcomer sees. Those of
/// `sim/…` misbehave, each in one way, for tests; they answer whenever they are asked for, but are
/// listed only for a key that begins with `sk-sim`, or with `?sim=true`.
///
/// What was generated is kept in memory, so one process has to answer all requests.
public struct DemoProvider: Sendable {
    let catalogue = Catalogue()
    let log = GenerationLog()
    let time: TimeSource

    public init() { self.init(time: .system) }

    init(time: TimeSource) { self.time = time }

    /// Adds the endpoints under `/api/v1`.
    ///
    /// Errors are answered as OpenRouter does, not as problem documents.
    public func add(to router: inout Router) {
        router.get("/api/v1/models", answering(listModels))
        router.get("/api/v1/key", answering(describeKey))
        router.get("/api/v1/generation", answering(describeGeneration))
        router.post("/api/v1/chat/completions", answering(complete))
    }

    private func answering(
        _ handler: @escaping @Sendable (Request) throws -> Response
    ) -> Router.Handler {
        { request in
            do {
                return try handler(request)
            } catch let failure as Failure {
                return failure.response
            } catch let problem as Problem {
                return Failure(problem).response
            }
        }
    }

    /// The key of the request; any will do.
    ///
    /// - Throws: ``Failure/missingKey``.
    func key(of request: Request) throws(Failure) -> String {
        let scheme = "Bearer "
        guard let field = request.headers[.authorization], field.hasPrefix(scheme),
            field.count > scheme.count
        else { throw .missingKey }
        return String(field.dropFirst(scheme.count))
    }
}
