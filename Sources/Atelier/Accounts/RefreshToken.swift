import Crypto

/// A refresh token: `atr_`, the session's secret, a dot, and 256 bits.
///
/// Its successor follows from it by a key. So whoever asks twice, because the answer was lost or
/// several tabs asked at once, gets the same one twice.
struct RefreshToken: Sendable {
    private static let prefix = "atr_"

    /// What the client has.
    let text: String
    /// `nil` in tokens older than this form.
    let session: SessionSecret?

    /// A token that a client sends.
    init(_ text: String) {
        self.text = text
        let parts = text.dropFirst(Self.prefix.count).split(separator: ".")
        session = parts.count == 2 ? SessionSecret(String(parts[0])) : nil
    }

    /// The first of a session.
    init(of session: SessionSecret) {
        self.init(session, OpaqueToken(prefix: "").text)
    }

    private init(_ session: SessionSecret, _ rest: String) {
        text = Self.prefix + session.text + "." + rest
        self.session = session
    }

    /// What the database has.
    var hash: [UInt8] { OpaqueToken.hash(text) }

    func successor(in session: SessionSecret, key: SymmetricKey) -> RefreshToken {
        RefreshToken(session, key.code(of: text))
    }
}
