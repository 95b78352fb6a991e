import HTTPTypes
import Web

/// Finds out who sends a request.
struct Authenticator: Sendable {
    static let accessCookie = HostCookie("atelier_access")
    static let refreshCookie = HostCookie("atelier_refresh")

    let accounts: AccountService

    /// The caller: by `Authorization: Bearer`, else by cookie.
    ///
    /// - Throws: ``Problem`` `unauthenticated`, `token_expired`, `session_revoked`; `cross_site` for
    ///   a write that another site made a browser send.
    func caller(of request: Request) throws -> Caller {
        let caller = try identify(request)
        request.trace.userID = caller.user.id
        return caller
    }

    /// Tells, each time it is asked, whether the session of a caller has not ended yet.
    func stillAdmits(_ caller: Caller) -> () -> Bool {
        // Where the database does not answer, nobody has been signed out.
        { [accounts] in (try? accounts.isOpen(caller)) ?? true }
    }

    private func identify(_ request: Request) throws -> Caller {
        if let field = request.headers[.authorization] {
            let parts = field.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                throw AccountProblem.unauthenticated
            }
            return try accounts.caller(accessToken: String(parts[1]))
        }
        guard let token = Self.accessCookie.value(in: request) else {
            throw AccountProblem.unauthenticated
        }
        if request.isWrite { try request.requireSameOrigin() }
        return try accounts.caller(accessToken: token)
    }
}
