import Crypto
import Logging
import SQL

/// Accounts and sign-in.
struct AccountService: Sendable {
    /// What a sign-in hands out.
    struct SignIn: Sendable {
        let user: User
        let accessToken: String
        let refreshToken: String
    }

    /// The device a sign-in comes from.
    struct Device: Sendable {
        let userAgent: String
        let address: String
    }

    private static let refreshTokenPrefix = "atr_"

    let registrationIsOpen: Bool
    private let store: AccountStore
    private let throttle: SignInThrottle
    private let signer: AccessTokenSigner

    init(store: AccountStore, signer: AccessTokenSigner, registrationIsOpen: Bool) {
        self.store = store
        self.signer = signer
        self.registrationIsOpen = registrationIsOpen
        throttle = SignInThrottle(database: store.database)
    }

    // MARK: Accounts

    func register(_ draft: AccountDraft, from device: Device) throws -> SignIn {
        guard registrationIsOpen else { throw AccountProblem.registrationClosed }
        let user = try store.add(draft, role: .user)
        return try open(sessionOf: user, on: device)
    }

    func rename(_ user: User, to name: String) throws -> User {
        let name = try AccountDraft.checkedName(name)
        try store.rename(user.id, to: name)
        return User(
            id: user.id, email: user.email, name: name, role: user.role, createdMs: user.createdMs)
    }

    func changePassword(of caller: Caller, from current: String, to new: String) throws {
        try requirePassword(current, of: caller)
        let hash = PasswordHash(
            password: try AccountDraft.checkedPassword(new, field: "new_password"))
        try store.setPassword(of: caller.user.id, to: hash, keeping: caller.sessionID)
    }

    func delete(_ caller: Caller, password: String) throws {
        try requirePassword(password, of: caller)
        try store.remove(caller.user.id)
    }

    private func requirePassword(_ password: String, of caller: Caller) throws {
        // A stolen session must not become a place to guess the password at leisure.
        let address = "user:" + caller.user.id
        try throttle.begin(
            email: caller.user.email, address: address, now: UnixTime.milliseconds)
        guard let found = try store.user(id: caller.user.id),
            found.passwordHash.matches(password)
        else { throw AccountProblem.wrongPassword }
        try throttle.succeed(email: caller.user.email, address: address)
    }

    // MARK: Sessions

    /// Signs a person in. Takes as long for an account that does not exist.
    func signIn(email: String, password: String, from device: Device) throws -> SignIn {
        let email = email.lowercased()
        try throttle.begin(email: email, address: device.address, now: UnixTime.milliseconds)
        let found = try store.user(email: email)
        let matches = (found?.passwordHash ?? .ofNobody).matches(password)
        guard let found, matches else { throw AccountProblem.invalidCredentials }
        try throttle.succeed(email: email, address: device.address)
        return try open(sessionOf: found.user, on: device)
    }

    /// Exchanges a refresh token for new tokens.
    ///
    /// A token that was exchanged before ends its session: one of its two holders is a thief.
    func refresh(_ token: String) throws -> SignIn {
        let now = UnixTime.milliseconds
        let successor = OpaqueToken(prefix: Self.refreshTokenPrefix)
        let exchange = try store.exchange(
            OpaqueToken.hash(token), for: OpaqueToken.hash(successor.text),
            expiresMs: now + Session.lifetimeMs, now: now)
        switch exchange {
        case .renewed(let sessionID, let user):
            return SignIn(
                user: user, accessToken: accessToken(of: user, session: sessionID, now: now),
                refreshToken: successor.text)
        case .reused, .unknown:
            throw AccountProblem.sessionRevoked
        }
    }

    func sessions(of caller: Caller) throws -> [Session] {
        try store.sessions(of: caller.user.id, now: UnixTime.milliseconds)
    }

    func endSession(_ id: String, of user: User) throws -> Bool {
        try store.endSession(id, of: user.id)
    }

    /// Whether the session of a caller has not ended yet.
    func isOpen(_ caller: Caller) throws -> Bool {
        try store.user(ofSession: caller.sessionID, now: UnixTime.milliseconds) != nil
    }

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
        guard let user = try store.user(ofSession: claims.session, now: now) else {
            throw AccountProblem.sessionRevoked
        }
        return Caller(user: user, sessionID: claims.session)
    }

    private func open(sessionOf user: User, on device: Device) throws -> SignIn {
        let now = UnixTime.milliseconds
        let session = Session(
            id: UUIDv7.text(), userID: user.id, userAgent: device.userAgent,
            address: device.address,
            now: now)
        let refresh = OpaqueToken(prefix: Self.refreshTokenPrefix)
        try store.add(
            session, refreshTokenHash: OpaqueToken.hash(refresh.text), removingExpiredAt: now)
        return SignIn(
            user: user, accessToken: accessToken(of: user, session: session.id, now: now),
            refreshToken: refresh.text)
    }

    private func accessToken(of user: User, session: String, now: Int) -> String {
        signer.sign(
            AccessClaims(
                subject: user.id, session: session,
                expires: Int64(now / 1000) + AccessTokenSigner.lifetimeSeconds))
    }
}

/// The signed-in person behind a request.
struct Caller: Sendable {
    let user: User
    let sessionID: String
}

extension AccountStore {
    /// Makes the account of a draft.
    func add(_ draft: AccountDraft, role: User.Role) throws -> User {
        let user = User(
            id: UUIDv7.text(), email: draft.email, name: draft.name, role: role,
            createdMs: UnixTime.milliseconds)
        guard try add(user, passwordHash: PasswordHash(password: draft.password)) else {
            throw AccountProblem.emailTaken
        }
        return user
    }
}
