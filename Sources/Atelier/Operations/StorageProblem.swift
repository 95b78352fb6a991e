import Glibc
import HTTPTypes
import SQL
import Threads
import Web

/// What a failure of the database means to a client.
struct StorageProblem {
    let problem: Problem

    /// - Returns: `nil` for failures that are our own mistake.
    init?(_ error: SQLError) {
        switch error.kind {
        case .full:
            problem = Self.full(cause: error)
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

    /// What a failure of the run directory means to a client.
    init(_ error: SystemError) {
        problem =
            [ENOSPC, EDQUOT].contains(error.code)
            ? Self.full(cause: error) : Self.unavailable(cause: error)
    }

    /// Refuses what makes the data grow while the disk is low, so that what is left does for signing in,
    /// stopping and deleting.
    ///
    /// - Throws: ``Problem`` `storage_full`.
    static func requireRoom(_ settings: Settings) throws(Problem) {
        guard let low = DiskSpace.all(of: settings).first(where: \.isLow) else { return }
        throw full(cause: LowSpace(directory: low.name))
    }

    private struct LowSpace: Error, CustomStringConvertible {
        /// Which one, as ``DiskSpace`` names it.
        let directory: String
        var description: String { "little space is left in the \(directory) directory" }
    }

    private static func full(cause: any Error) -> Problem {
        Problem(
            HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
            "storage_full",
            "There is no space left to store this. Nothing was lost; ask the administrator to make room.",
            cause: cause)
    }

    static func unavailable(cause: (any Error)? = nil) -> Problem {
        Problem(
            .serviceUnavailable, "storage_unavailable",
            "The database cannot be used right now. Try again in a moment; if it stays, tell the administrator.",
            headers: [.retryAfter: "5"], cause: cause)
    }

    /// The translation for ``Application``.
    @Sendable static func translate(_ error: any Error) -> Problem? {
        if let error = error as? SystemError { return StorageProblem(error).problem }
        return (error as? SQLError).flatMap(StorageProblem.init)?.problem
    }
}
