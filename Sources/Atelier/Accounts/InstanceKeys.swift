import Crypto
import FoundationEssentials
import Web

/// Every key of this instance, made from one secret outside the database and a salt inside it.
///
/// So a copy of the database signs nothing, and a restore, which makes a new salt, changes all keys.
struct InstanceKeys: Sendable {
    /// What a key is for: no two uses share one.
    enum Purpose: String {
        case accessTokens = "access tokens"
        case refreshTokens = "refresh tokens"
        case devices
        case journal
        case providers
    }

    private let secret: SymmetricKey
    private let salt: [UInt8]

    /// - Parameters:
    ///   - secret: At least 32 characters of a random text; the same for every worker.
    ///   - salt: That of the database.
    init(secret: String, salt: [UInt8]) {
        self.secret = SymmetricKey(data: Array(secret.utf8))
        self.salt = salt
    }

    /// RFC 5869.
    subscript(purpose: Purpose) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, salt: salt, info: Array(purpose.rawValue.utf8),
            outputByteCount: 32)
    }
}

extension SymmetricKey {
    /// The code of a text, in base64url.
    func code(of text: String) -> String {
        Base64URL.encode(
            Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: self)))
    }
}
