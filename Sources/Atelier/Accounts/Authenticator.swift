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
    ///   a write that another site made a browser send; `signed_in_as_another` when the page that
    ///   sends it is another person's.
    func caller(of request: Request) throws -> Caller {
        let caller = try identify(request)
        try requirePage(of: caller.user.id, request)
        request.trace.userID = caller.user.id
        return caller
    }

    /// Tells, each time it is asked, whether the session of a caller has not ended yet.
    func stillAdmits(_ caller: Caller) -> () -> Bool {
        // Where the database does not answer, nobody has been signed out.
        { [accounts] in (try? accounts.isOpen(caller)) ?? true }
    }

    private func identify(_ request: Request) throws -> Caller {
        guard let token = accessToken(of: request) else { throw AccountProblem.unauthenticated }
        if request.isWrite, request.headers[.authorization] == nil {
            try request.requireSameOrigin()
        }
        return try accounts.caller(accessToken: token)
    }

    /// By `Authorization: Bearer`, else by cookie.
    func accessToken(of request: Request) -> String? {
        guard let field = request.headers[.authorization] else {
            return Self.accessCookie.value(in: request)
        }
        let parts = field.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }

    /// Refuses a page that is not that person's. Tabs share cookies: when somebody else signs in in one
    /// of them, the others must neither write in that person's name nor show what is theirs.
    func requirePage(of userID: String, _ request: Request) throws(Problem) {
        if let owner = request.headers[.pageOwner], owner != userID {
            throw AccountProblem.otherPerson
        }
    }
}

extension HTTPField.Name {
    /// The id of the person whom a page shows.
    static let pageOwner = Self("Atelier-User")!
}
