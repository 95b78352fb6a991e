import Crypto
import HTTPTypes
import Logging
import SQL
import Web

/// Accounts, and signing in to them. What becomes of a session is in `AccountService+Sessions`.
struct AccountService: Sendable {
    /// What a sign-in hands out.
    struct SignIn: Sendable {
        let user: User
        let accessToken: String
        let refreshToken: String
    }

    /// Where a request comes from.
    struct Device: Sendable {
        let userAgent: String
        let address: String
        /// The device, where the account has signed in on it before, by the account's address.
        let known: @Sendable (_ email: String) -> String?
    }

    let registrationIsOpen: Bool
    let store: AccountStore
    let signer: AccessTokenSigner
    let refreshKey: SymmetricKey
    let journal: AccountJournal
    private let throttle: SignInThrottle
    private let passwords: PasswordRules
    private let hasher = PasswordHasher()

    init(
        store: AccountStore, signer: AccessTokenSigner, refreshKey: SymmetricKey,
        journal: AccountJournal, settings: Settings
    ) {
        self.store = store
        self.signer = signer
        self.refreshKey = refreshKey
        self.journal = journal
        registrationIsOpen = settings.registrationIsOpen
        throttle = SignInThrottle(database: store.database)
        passwords = settings.passwordRules
    }

    // MARK: Accounts

    func register(
        email: String, name: String, password: String, from device: Device
    ) throws -> SignIn {
        guard registrationIsOpen else { throw AccountProblem.registrationClosed }
        let draft = try AccountDraft(
            email: email, name: name, password: password, rules: passwords)
        let user = try counting([.registration(device.address)], draft.email, device) {
            try store.add(draft, role: .user, hasher: hasher)
        }
        journal.note(.registered, user: user.id, from: device.address)
        return try open(sessionOf: user, on: device)
    }

    func rename(_ user: User, to name: String) throws -> User {
        let name = try TextField.personName.line(name)
        try store.rename(user.id, to: name)
        journal.note(.renamed, user: user.id)
        return User(
            id: user.id, email: user.email, name: name, role: user.role, createdMs: user.createdMs)
    }

    /// Good also where the new password is the present one already: the answer to the change may have
    /// been lost. Whoever has neither is told nothing, and is counted.
    func changePassword(
        of caller: Caller, from current: String, to new: String, on device: Device
    ) throws {
        let user = caller.user
        let password = try passwords.checked(
            new, field: "new_password", names: [user.email, user.name])
        guard try requirePassword([current, password], of: caller, on: device) == current else {
            return
        }
        try store.setPassword(
            of: user.id, to: hasher.hash(password), keeping: caller.sessionID)
        journal.note(.passwordChanged, user: user.id, from: device.address)
    }

    func delete(_ caller: Caller, password: String, on device: Device) throws {
        _ = try requirePassword([password], of: caller, on: device)
        try store.hide(caller.user.id)
        journal.note(.deleted, user: caller.user.id, from: device.address)
        do {
            try store.remove(caller.user.id)
        } catch {
            journal.logger.warning(
                "an account is out of use, but not all gone; the jobs go on with it",
                metadata: ["user": "\(caller.user.id)", "cause": "\(error)"])
        }
    }

    /// A stolen session must not become a place to guess the password at leisure; and nobody else's
    /// guesses count there.
    ///
    /// - Returns: The first of the passwords that is the account's.
    private func requirePassword(
        _ passwords: [String], of caller: Caller, on device: Device
    ) throws -> String {
        let user = caller.user
        return try counting([.session(caller.sessionID)], user.email, device) {
            guard let found = try store.user(id: user.id),
                let right = try passwords.first(where: {
                    try hasher.match($0, found.passwordHash) != .wrong
                })
            else {
                journal.note(.passwordWrong, user: user.id, from: device.address)
                throw AccountProblem.wrongPassword
            }
            return right
        }
    }

    // MARK: Signing in

    /// Signs a person in. Takes as long for an account that does not exist.
    func signIn(email: String, password: String, from device: Device) throws -> SignIn {
        let folded = EmailAddress.folded(email)
        let subjects: [SignInThrottle.Subject] =
            device.known(folded).map { [.device($0)] }
            ?? [.account(email: folded), .address(device.address)]
        let user = try counting(subjects, folded, device) { () -> User in
            let candidates = try store.users(email: email)
            if candidates.isEmpty { _ = try hasher.match(password, nil) }
            for found in candidates {
                let match = try hasher.match(password, found.passwordHash)
                if match == .outdated { try rehash(password, of: found) }
                if match != .wrong { return found.user }
            }
            journal.note(.signInFailed, email: folded, from: device.address)
            throw AccountProblem.invalidCredentials
        }
        journal.note(.signedIn, user: user.id, from: device.address)
        return try open(sessionOf: user, on: device)
    }

    /// The next time the password is right in its present form at once.
    private func rehash(
        _ password: String, of found: (user: User, passwordHash: PasswordHash)
    ) throws {
        let hash = try hasher.hash(PasswordRules.normalised(password))
        try store.rehash(found.passwordHash, of: found.user.id, as: hash)
    }

    /// Runs an attempt that counts as failed unless it succeeds, or told nobody whether they guessed
    /// right: for lack of room, or as nothing could be read or written.
    private func counting<Result>(
        _ subjects: [SignInThrottle.Subject], _ email: String, _ device: Device,
        _ attempt: () throws -> Result
    ) throws -> Result {
        do {
            try throttle.begin(subjects)
        } catch let problem as Problem {
            journal.note(.locked, email: email, from: device.address)
            throw problem
        }
        do {
            let result = try attempt()
            try throttle.succeed(subjects)
            return result
        } catch {
            // What cannot be taken back either must not hide why.
            if !Self.isWrongGuess(error) { try? throttle.takeBack(subjects) }
            throw error
        }
    }

    private static func isWrongGuess(_ error: any Error) -> Bool {
        let guesses = [
            AccountProblem.invalidCredentials, AccountProblem.wrongPassword,
            AccountProblem.emailTaken,
        ]
        return guesses.contains { $0.code == (error as? Problem)?.code }
    }
}

/// The signed-in person behind a request.
struct Caller: Sendable {
    let user: User
    let sessionID: String
}

extension AccountStore {
    /// Makes the account of a draft.
    func add(_ draft: AccountDraft, role: User.Role, hasher: PasswordHasher) throws -> User {
        let user = User(
            id: UUIDv7.text(), email: draft.email, name: draft.name, role: role,
            createdMs: UnixTime.milliseconds)
        guard try add(user, passwordHash: hasher.hash(draft.password)) else {
            throw AccountProblem.emailTaken
        }
        return user
    }
}
