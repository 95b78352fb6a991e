import HTTPTypes
import JSON
import Logging
import SQL
import Web

/// Sign-in, the own account and its sessions.
struct AccountRoutes: Sendable {
    let accounts: AccountService
    let authenticator: Authenticator
    /// What ends with an account.
    let generations: GenerationService
    let devices: KnownDevices

    func add(to router: inout Router) {
        router.post("/auth/register", register)
        router.post("/auth/login", signIn)
        router.post("/auth/refresh", refresh)
        router.post("/auth/logout", signOut)
        router.get("/users/me") { .json(try authenticator.caller(of: $0).user) }
        router.patch("/users/me", rename)
        router.delete("/users/me", delete)
        router.post("/users/me/password", changePassword)
        router.get("/users/me/sessions", sessions)
        router.delete("/users/me/sessions", endOtherSessions)
        router.delete("/users/me/sessions/{id}", endSession)
    }

    // MARK: Sign-in

    private func register(_ request: Request) throws -> Response {
        try request.requireSameOrigin()
        let body = try request.json()
        let (email, password) = (try body.text("email"), try body.text("password"))
        let signIn = try accounts.register(
            email: email, name: body.text("name"), password: password, from: device(of: request))
        return answer(signIn, to: request, status: .created)
    }

    private func signIn(_ request: Request) throws -> Response {
        try request.requireSameOrigin()
        let body = try request.json()
        let (email, password) = (try body.text("email"), try body.text("password"))
        let signIn = try accounts.signIn(
            email: TextField.email.checked(email),
            password: TextField.password("password").checked(password),
            from: device(of: request))
        return answer(signIn, to: request)
    }

    /// Programs send the token in the body and get the next one there; browsers send and get cookies,
    /// so that no script ever sees one.
    private func refresh(_ request: Request) throws -> Response {
        if let token = try refreshToken(inBodyOf: request) {
            return answer(try accounts.refresh(token, on: device(of: request)), to: request)
        }
        guard let token = Authenticator.refreshCookie.value(in: request) else {
            throw AccountProblem.unauthenticated
        }
        try request.requireSameOrigin()
        let signIn = try accounts.refresh(token, on: device(of: request))
        var response = Response.json(SignInAnswer(signIn, withTokens: false))
        setCookies(for: signIn, on: &response)
        devices.remember(signIn.user.email, of: request, on: &response)
        return response
    }

    private func refreshToken(inBodyOf request: Request) throws -> String? {
        guard request.headers[.contentType] != nil else { return nil }
        return try request.json().text(ifAny: "refresh_token")
            .map(TextField.refreshToken.checked)
    }

    /// For a person who wants to leave an access token that has expired is good enough, and so is a
    /// refresh token alone. The browser forgets the session even where it could not be ended.
    private func signOut(_ request: Request) throws -> Response {
        try request.requireSameOrigin()
        do {
            let caller = try accounts.caller(
                endingWith: authenticator.accessToken(of: request),
                or: (try? refreshToken(inBodyOf: request))
                    ?? Authenticator.refreshCookie.value(in: request))
            if let caller {
                try authenticator.requirePage(of: caller.user.id, request)
                try accounts.signOut(caller, on: device(of: request))
            }
        } catch let error as SQLError {
            accounts.journal.logger.error(
                "a session could not be ended, but its browser has forgotten it",
                metadata: ["cause": "\(error)"])
            guard let reason = StorageProblem(error)?.problem else { throw error }
            return withoutCookies(
                AccountProblem.sessionNotEnded(reason).response(requestID: request.id))
        }
        return withoutCookies(.noContent)
    }

    // MARK: The own account

    private func rename(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        guard let name = try request.json().text(ifAny: "name") else { return .json(caller.user) }
        return .json(try accounts.rename(caller.user, to: name))
    }

    private func changePassword(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let body = try request.json()
        let (current, new) = (try body.text("current_password"), try body.text("new_password"))
        try accounts.changePassword(
            of: caller, from: TextField.password("current_password").checked(current),
            to: new, on: device(of: request))
        return .noContent
    }

    private func delete(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let password = try request.json().text("password")
        try accounts.delete(
            caller, password: TextField.password("password").checked(password),
            on: device(of: request))
        generations.stopAll(ofUser: caller.user.id)
        return withoutCookies(.noContent)
    }

    private func sessions(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let items = try accounts.sessions(of: caller).map { SessionAnswer($0, of: caller) }
        return .json(Page(items: items, nextCursor: nil))
    }

    private func endSession(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let id: String = try request.parameter("id")
        guard try accounts.endSession(id, of: caller.user, on: device(of: request)) else {
            throw Problem.notFound("session")
        }
        return .noContent
    }

    /// Everywhere but here.
    private func endOtherSessions(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let ended = try accounts.endOtherSessions(of: caller, on: device(of: request))
        return .json { $0.member("ended", ended) }
    }

    // MARK: Answers

    private func device(of request: Request) -> AccountService.Device {
        let marks = devices.marks(of: request)
        return AccountService.Device(
            userAgent: String((request.headers[.userAgent] ?? "").cut(characters: 300, bytes: 500)),
            address: request.remoteAddress,
            known: { devices.mark(among: marks, of: $0) })
    }

    private func answer(
        _ signIn: AccountService.SignIn, to request: Request, status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response.json(SignInAnswer(signIn, withTokens: true), status: status)
        setCookies(for: signIn, on: &response)
        devices.remember(signIn.user.email, of: request, on: &response)
        return response
    }

    private func withoutCookies(_ response: Response) -> Response {
        var response = response
        Authenticator.accessCookie.remove(on: &response)
        Authenticator.refreshCookie.remove(on: &response)
        return response
    }

    /// Both cookies live as long as the session: an expired access token is still a token, and tells
    /// the browser to refresh.
    private func setCookies(for signIn: AccountService.SignIn, on response: inout Response) {
        let seconds = Session.lifetimeMs / 1000
        Authenticator.accessCookie.set(signIn.accessToken, maxAgeSeconds: seconds, on: &response)
        Authenticator.refreshCookie.set(signIn.refreshToken, maxAgeSeconds: seconds, on: &response)
    }
}

private struct SignInAnswer: JSONObject {
    let user: User
    let accessToken: String?
    let refreshToken: String?
    let tokenType: String
    let expiresIn: Int64

    func writeMembers(to json: inout JSONWriter) {
        json.member("user", user)
        json.member("access_token", ifAny: accessToken)
        json.member("refresh_token", ifAny: refreshToken)
        json.member("token_type", tokenType)
        json.member("expires_in", expiresIn)
    }

    init(_ signIn: AccountService.SignIn, withTokens: Bool) {
        user = signIn.user
        accessToken = withTokens ? signIn.accessToken : nil
        refreshToken = withTokens ? signIn.refreshToken : nil
        tokenType = "Bearer"
        expiresIn = AccessTokenSigner.lifetimeSeconds
    }
}

private struct SessionAnswer: JSONObject {
    let id: String
    let userAgent: String
    let address: String
    let createdMs: Int
    let lastUsedMs: Int
    let current: Bool

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("user_agent", userAgent)
        json.member("address", address)
        json.member("created_ms", createdMs)
        json.member("last_used_ms", lastUsedMs)
        json.member("current", current)
    }

    init(_ session: Session, of caller: Caller) {
        id = session.id
        userAgent = session.userAgent
        address = session.address
        createdMs = session.createdMs
        lastUsedMs = session.lastUsedMs
        current = SessionSecret.ids(ofSession: caller.sessionID).contains(session.id)
    }
}
