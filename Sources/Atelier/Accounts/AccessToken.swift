import Crypto
import FoundationEssentials
import Web

/// What an access token says (RFC 7519).
struct AccessClaims: Codable, Equatable {
    /// The user's id.
    let subject: String
    /// The session the token belongs to; checked against the database at each use.
    let session: String
    /// Unix time, seconds.
    let expires: Int64

    enum CodingKeys: String, CodingKey {
        case subject = "sub"
        case session = "sid"
        case expires = "exp"
    }
}

/// Signs and checks access tokens: JWT with HMAC-SHA256, and no other algorithm (RFC 8725, 3.1).
struct AccessTokenSigner: Sendable {
    enum Failure: Error {
        /// Not ours, altered, or not a token at all.
        case invalid
        case expired
    }

    /// How long a token lives, in seconds.
    static let lifetimeSeconds: Int64 = 15 * 60

    private static let header = Base64URL.encode([UInt8](#"{"alg":"HS256","typ":"JWT"}"#.utf8))

    private let key: SymmetricKey

    /// - Parameter key: At least 32 random bytes, the same in every worker.
    init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    func sign(_ claims: AccessClaims) -> String {
        let signed = Self.header + "." + Base64URL.encode(JSON.encode(claims))
        return signed + "." + Base64URL.encode(signature(of: signed))
    }

    /// The claims of a token that we signed and that has not expired.
    ///
    /// - Parameter now: Unix time, seconds.
    func verify(_ token: String, now: Int64) throws(Failure) -> AccessClaims {
        // The header is compared as text: a token that names another algorithm is not ours.
        guard token.hasPrefix(Self.header + "."), let dot = token.lastIndex(of: "."),
            let code = Base64URL.decode(token[token.index(after: dot)...]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Array(token[..<dot].utf8), using: key),
            let payload = Base64URL.decode(token[..<dot].dropFirst(Self.header.count + 1)),
            let claims = try? JSONDecoder().decode(AccessClaims.self, from: Data(payload))
        else { throw .invalid }
        guard now < claims.expires else { throw .expired }
        return claims
    }

    private func signature(of text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }
}
