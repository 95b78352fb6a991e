import Crypto
import HTTPTypes
import Web

/// A client's name for one sending, so that repeating it does not send twice
/// (draft-ietf-httpapi-idempotency-key-header).
struct IdempotencyKey: Sendable {
    let text: String
    /// SHA-256 of the request: the same key with another body is a mistake.
    let digest: [UInt8]

    /// - Returns: `nil` when the request has no key.
    /// - Throws: ``Problem/invalidParameter(_:_:)`` for what is no key, or more than one.
    init?(of request: Request, body: [UInt8]) throws(Problem) {
        let keys = request.headers[values: .idempotencyKey]
        guard let text = keys.first else { return nil }
        guard keys.count == 1, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw .invalidParameter(
                "Idempotency-Key", "must stand once, and have 1 to 255 characters of ASCII")
        }
        self.text = text
        var hash = SHA256()
        hash.update(data: Array(request.path.utf8))
        hash.update(data: body)
        digest = Array(hash.finalize())
    }

    static var reusedForSomethingElse: Problem {
        Problem(
            .unprocessableContent, "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Take a new one for each sending.")
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
}
