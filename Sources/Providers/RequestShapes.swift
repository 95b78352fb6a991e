import HTTPClient
import Threads

/// What each server, and each model of it, was found to refuse: it is not asked for twice.
///
/// Known to this process until it ends; a server that has learned more by then is asked again.
final class RequestShapes: Sendable {
    private struct Key: Hashable {
        let server: String
        /// `nil` for what concerns all models.
        let model: String?
    }

    /// More are not kept.
    private static let limit = 10_000

    private let known = Monitor<[Key: RequestShape]>([:])

    func shape(of model: String, at endpoint: ProviderEndpoint) -> RequestShape {
        let server = endpoint.baseURL.description
        return known.withLock { known in
            var shape = known[Key(server: server, model: model)] ?? RequestShape()
            shape.refused.formUnion(known[Key(server: server, model: nil)]?.refused ?? [])
            return shape
        }
    }

    func note(_ shape: RequestShape, of model: String, at endpoint: ProviderEndpoint) {
        let server = endpoint.baseURL.description
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[Key(server: server, model: model)] = shape
            known[Key(server: server, model: nil), default: RequestShape()].refused.formUnion(
                shape.refused.filter(\.isOfServer))
        }
    }
}
