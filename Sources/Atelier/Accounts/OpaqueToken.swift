import Crypto
import Web

/// A random secret that is handed to a client once and kept as its hash.
///
/// 256 random bits need no slow hash: SHA-256 is enough to make the database useless to a thief.
struct OpaqueToken: Sendable {
    /// What the client gets: a prefix that secret scanners can recognise, then 43 characters of base64url.
    let text: String

    init(prefix: String) {
        let key = SymmetricKey(size: .bits256)
        text = prefix + key.withUnsafeBytes { Base64URL.encode(Array($0)) }
    }

    /// What the database holds.
    static func hash(_ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }
}
