import HTTPTypes
import SQL
import Web

/// What a failure of the database means to a client.
struct StorageProblem {
    let problem: Problem

    /// - Returns: `nil` for failures that are our own mistake.
    init?(_ error: SQLError) {
        switch error.kind {
        case .full:
            problem = Problem(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
                "storage_full",
                "There is no space left to store this. Nothing was lost; ask the administrator to make room.",
                cause: error)
        case .busy, .readOnly, .missing, .cannotOpen, .notADatabase, .corrupt, .io:
            problem = Self.unavailable(cause: error)
        case .constraint:
            problem = Problem(
                .conflict, "conflict",
                "Something this depends on was changed or removed meanwhile.",
                cause: error)
        case .schemaTooNew, .schemaTooOld, .typeMismatch, .misuse, .other:
            return nil
        }
    }

    static func unavailable(cause: (any Error)? = nil) -> Problem {
        Problem(
            .serviceUnavailable, "storage_unavailable",
            "The database cannot be used right now. Try again in a moment; if it stays, tell the administrator.",
            headers: [.retryAfter: "5"], cause: cause)
    }

    /// The translation for ``Application``.
    @Sendable static func translate(_ error: any Error) -> Problem? {
        (error as? SQLError).flatMap(StorageProblem.init)?.problem
    }
}
