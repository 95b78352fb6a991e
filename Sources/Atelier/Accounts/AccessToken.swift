import Crypto
import JSON
import Web

/// What an access token says (RFC 7519).
struct AccessClaims: Equatable, JSONObject {
    /// The user's id.
    let subject: String
    /// The secret of the session the token belongs to, which is looked up at each use.
    let session: String
    /// Unix time, seconds.
    let expires: Int64

    func writeMembers(to json: inout JSONWriter) {
        json.member("sub", subject)
        json.member("sid", session)
        json.member("exp", expires)
    }
}

extension AccessClaims {
    /// `nil` for what we would not have signed.
    init?(_ json: JSONValue) {
        guard let subject = json["sub"].text, let session = json["sid"].text,
            case .number(let digits) = json["exp"], let expires = Int64(digits)
        else { return nil }
        self.init(subject: subject, session: session, expires: expires)
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

    /// The key that stood in the database before there was one outside of it.
    struct OldKey: Sendable {
        let key: [UInt8]
        /// Until when it signs, Unix time in seconds: while workers of before may still run, which
        /// believe no other. It is believed for the lifetime of a token longer.
        let until: Int64
    }

    private static let header = Base64URL.encode([UInt8](#"{"alg":"HS256","typ":"JWT"}"#.utf8))

    private let key: SymmetricKey
    private let oldKey: (key: SymmetricKey, until: Int64)?

    /// - Parameter key: The same in every worker.
    init(key: SymmetricKey, oldKey: OldKey? = nil) {
        self.key = key
        self.oldKey = oldKey.map { (SymmetricKey(data: $0.key), $0.until) }
    }

    /// Whether workers of before may still run, beside us and on the same database.
    ///
    /// - Parameter now: Unix time, seconds.
    func hasOldWorkers(now: Int64) -> Bool {
        oldKey.map { now < $0.until } ?? false
    }

    /// - Parameter now: Unix time, seconds.
    func sign(_ claims: AccessClaims, now: Int64) -> String {
        let signed = Self.header + "." + Base64URL.encode(JSONWriter.bytes(of: claims))
        let key = oldKey.flatMap { now < $0.until ? $0.key : nil } ?? key
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return signed + "." + Base64URL.encode(Array(code))
    }

    /// The claims of a token that we signed and that is of now: neither expired nor good for longer
    /// than any of ours, as after the clock was set back.
    ///
    /// - Parameter now: Unix time, seconds.
    func verify(_ token: String, now: Int64) throws(Failure) -> AccessClaims {
        let claims = try authenticate(token, now: now)
        guard now < claims.expires, claims.expires - now <= Self.lifetimeSeconds else {
            throw .expired
        }
        return claims
    }

    /// The claims of a token that we signed, whenever that was; for signing out.
    func authenticate(_ token: String, now: Int64) throws(Failure) -> AccessClaims {
        // The header is compared as text: a token that names another algorithm is not ours.
        guard token.hasPrefix(Self.header + "."), let dot = token.lastIndex(of: "."),
            let code = Base64URL.decode(token[token.index(after: dot)...]),
            keys(now).contains(where: {
                HMAC<SHA256>.isValidAuthenticationCode(
                    code, authenticating: Array(token[..<dot].utf8), using: $0)
            }),
            let payload = Base64URL.decode(token[..<dot].dropFirst(Self.header.count + 1)),
            let claims = JSONValue(payload).flatMap(AccessClaims.init)
        else { throw .invalid }
        return claims
    }

    private func keys(_ now: Int64) -> [SymmetricKey] {
        guard let oldKey, now < oldKey.until + Self.lifetimeSeconds else { return [key] }
        return [key, oldKey.key]
    }
}
