import Crypto
import HTTPTypes
import Web

/// The devices that somebody has signed in on before. Wrong guesses on one of them are counted apart,
/// so that those of strangers keep nobody out (OWASP, "Device Cookies").
///
/// A browser keeps a mark for each of its last accounts: a random text with its code for the account.
/// It says nothing of the account, and is worth nothing for another one.
struct KnownDevices: Sendable {
    static let cookie = HostCookie("atelier_device")

    /// How long a browser keeps it, in seconds: 400 days, the longest that browsers grant.
    private static let lifetimeSeconds = 400 * 24 * 60 * 60
    private static let mostMarks = 5
    private static let separator: Character = "~"

    let key: SymmetricKey

    /// Every mark that a browser has, whether it is one of ours or not.
    func marks(of request: Request) -> [String] {
        guard let value = Self.cookie.value(in: request), value.utf8.count <= 1024 else {
            return []
        }
        return value.split(separator: Self.separator).prefix(Self.mostMarks).map(String.init)
    }

    /// The one of an account, which names the device for counting.
    ///
    /// - Parameter email: In the form of ``EmailAddress/folded(_:)``.
    func mark(among marks: [String], of email: String) -> String? {
        marks.first { isMark($0, of: email) }
    }

    /// Marks the browser as a device of the account.
    func remember(_ email: String, of request: Request, on response: inout Response) {
        let email = EmailAddress.folded(email)
        let found = marks(of: request)
        let own = mark(among: found, of: email) ?? newMark(of: email)
        let others = found.filter { $0 != own }
        let marks = ([own] + others).prefix(Self.mostMarks)
        Self.cookie.set(
            marks.joined(separator: String(Self.separator)), maxAgeSeconds: Self.lifetimeSeconds,
            on: &response)
    }

    private func newMark(of email: String) -> String {
        let text = Base64URL.encode(
            Array(OpaqueToken.hash(OpaqueToken(prefix: "").text).prefix(16)))
        return text + "." + code(of: text, email)
    }

    private func isMark(_ mark: String, of email: String) -> Bool {
        let parts = mark.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let code = Base64URL.decode(parts[1]) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Self.signed(String(parts[0]), email), using: key)
    }

    private func code(of text: String, _ email: String) -> String {
        Base64URL.encode(
            Array(HMAC<SHA256>.authenticationCode(for: Self.signed(text, email), using: key)))
    }

    private static func signed(_ text: String, _ email: String) -> [UInt8] {
        Array((text + " " + email).utf8)
    }
}
