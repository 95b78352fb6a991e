import Crypto
import Logging

/// What happens to accounts, in the journal: one line for each event, with a word that stays.
///
/// Addresses, of people and of networks, stand as pseudonyms: the same one for the same address, and
/// of no meaning without this instance's key.
struct AccountJournal: Sendable {
    enum Event: String {
        case registered = "account.registered"
        case signedIn = "account.signed_in"
        case signInFailed = "account.sign_in_failed"
        /// Too many tries: nothing was looked at.
        case locked = "account.locked"
        case signedOut = "account.signed_out"
        /// Ended by its owner from elsewhere.
        case sessionsEnded = "account.sessions_ended"
        /// An old refresh token came back: two have it.
        case tokenReused = "account.token_reused"
        case passwordChanged = "account.password_changed"
        /// By somebody who is signed in.
        case passwordWrong = "account.password_wrong"
        case renamed = "account.renamed"
        case deleted = "account.deleted"
    }

    let logger: Logger
    let key: SymmetricKey
    let showsAddresses: Bool

    /// - Parameters:
    ///   - user: The user's id.
    ///   - email: Where it is not known whose it is.
    ///   - address: Where the request comes from.
    func note(
        _ event: Event, user: String? = nil, email: String? = nil, from address: String? = nil
    ) {
        var metadata: Logger.Metadata = [:]
        if let user { metadata["user"] = "\(user)" }
        if let email { metadata["account"] = "\(shown(email))" }
        if let address { metadata["from"] = "\(shown(address))" }
        logger.notice("\(event.rawValue)", metadata: metadata)
    }

    private func shown(_ address: String) -> String {
        guard showsAddresses else { return "~" + key.code(of: address).prefix(12) }
        // No blanks: what a stranger types must not look like another field of the line.
        return String(address.filter { !$0.isWhitespace }.prefix(254))
    }
}
