import SQL
import Web

extension AccountService {
    /// How long a session can be renewed while nothing can be written, in milliseconds: a day. Nothing
    /// is rotated meanwhile, so that a token that was stolen is not noticed.
    private static let longestWithoutWritingMs = 24 * 60 * 60_000

    /// Opens a session of a person who has shown who they are.
    func open(sessionOf user: User, on device: Device) throws -> SignIn {
        let now = UnixTime.milliseconds
        let hasOldWorkers = signer.hasOldWorkers(now: Int64(now / 1000))
        let secret = SessionSecret.random(readableByOldPrograms: hasOldWorkers)
        let session = Session(
            id: hasOldWorkers ? secret.text : secret.id, userID: user.id,
            userAgent: device.userAgent, address: device.address, now: now)
        let token = RefreshToken(of: secret)
        try store.add(session, token: token, now: now)
        return handOut(user, secret, token.text, now)
    }

    /// Exchanges a refresh token for new tokens.
    ///
    /// The same token may be exchanged again for a minute, for the same successor, as long as that one
    /// is unused: the answer may have been lost, and several tabs may ask at once. Any other token
    /// that was exchanged before ends its session: one of its two holders is a thief.
    func refresh(_ text: String, on device: Device) throws -> SignIn {
        let now = UnixTime.milliseconds
        let token = RefreshToken(text)
        let exchange: AccountStore.Exchange
        do {
            exchange = try store.exchange(
                token, now: now, keepsOldIDs: signer.hasOldWorkers(now: Int64(now / 1000))
            ) { token.successor(in: $0, key: refreshKey) }
        } catch let error as SQLError where [.full, .readOnly, .io].contains(error.kind) {
            guard let signIn = try renewWithoutWriting(token, now) else { throw error }
            return signIn
        }
        switch exchange {
        case .renewed(let user, let secret, let next):
            return handOut(user, secret, next.text, now)
        case .reused(let userID):
            journal.note(.tokenReused, user: userID, from: device.address)
            throw AccountProblem.sessionRevoked
        case .unknown:
            throw AccountProblem.sessionRevoked
        }
    }

    /// A full disk must not end reading: the refresh token stays, and gives a new access token.
    private func renewWithoutWriting(_ token: RefreshToken, _ now: Int) throws -> SignIn? {
        guard let found = try store.holder(of: token, now: now), found.usedMs == nil,
            abs(now - found.lastUsedMs) < Self.longestWithoutWritingMs
        else { return nil }
        let secret = token.session ?? SessionSecret(found.sessionID)
        return handOut(found.user, secret, token.text, now)
    }

    private func handOut(
        _ user: User, _ secret: SessionSecret, _ refreshToken: String, _ now: Int
    ) -> SignIn {
        let seconds = Int64(now / 1000)
        let claims = AccessClaims(
            subject: user.id, session: secret.text,
            expires: seconds + AccessTokenSigner.lifetimeSeconds)
        return SignIn(
            user: user, accessToken: signer.sign(claims, now: seconds),
            refreshToken: refreshToken)
    }

    // MARK: Who calls

    /// The caller an access token stands for; checked against the database, so that the end of a
    /// session takes effect at once.
    func caller(accessToken: String) throws -> Caller {
        let now = UnixTime.milliseconds
        let claims: AccessClaims
        do {
            claims = try signer.verify(accessToken, now: Int64(now / 1000))
        } catch .expired {
            throw AccountProblem.tokenExpired
        } catch .invalid {
            throw AccountProblem.unauthenticated
        }
        let secret = SessionSecret(claims.session)
        guard let found = try store.holder(of: secret, now: now) else {
            throw AccountProblem.sessionRevoked
        }
        return Caller(user: found.user, sessionID: found.sessionID)
    }

    /// Whose session a token is of that may have expired; for signing out.
    func caller(endingWith accessToken: String?, or refreshToken: String?) throws -> Caller? {
        let now = UnixTime.milliseconds
        if let accessToken,
            let claims = try? signer.authenticate(accessToken, now: Int64(now / 1000)),
            let found = try store.holder(of: SessionSecret(claims.session), now: now)
        {
            return Caller(user: found.user, sessionID: found.sessionID)
        }
        guard let token = refreshToken.map(RefreshToken.init) else { return nil }
        if let found = try store.holder(of: token, now: now) {
            return Caller(user: found.user, sessionID: found.sessionID)
        }
        guard let secret = token.session, let found = try store.holder(of: secret, now: now) else {
            return nil
        }
        return Caller(user: found.user, sessionID: found.sessionID)
    }

    /// Whether the session of a caller has not ended yet; one look at an index.
    func isOpen(_ caller: Caller) throws -> Bool {
        try store.hasSession(caller.sessionID, now: UnixTime.milliseconds)
    }

    // MARK: The sessions of a person

    func sessions(of caller: Caller) throws -> [Session] {
        try store.sessions(of: caller.user.id, now: UnixTime.milliseconds)
    }

    func signOut(_ caller: Caller, on device: Device) throws {
        _ = try store.endSession(caller.sessionID, of: caller.user.id)
        journal.note(.signedOut, user: caller.user.id, from: device.address)
    }

    func endSession(_ id: String, of user: User, on device: Device) throws -> Bool {
        guard try store.endSession(id, of: user.id) else { return false }
        journal.note(.sessionsEnded, user: user.id, from: device.address)
        return true
    }

    /// Signs the caller out everywhere else.
    ///
    /// - Returns: How many sessions have ended.
    func endOtherSessions(of caller: Caller, on device: Device) throws -> Int {
        let ended = try store.endSessions(of: caller.user.id, but: caller.sessionID)
        journal.note(.sessionsEnded, user: caller.user.id, from: device.address)
        return ended
    }
}
