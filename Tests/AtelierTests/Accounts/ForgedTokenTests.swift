import Crypto
import FoundationEssentials
import SQL
import Testing
import Web

@testable import Atelier

/// Tokens as an attacker makes them out of one of their own.
@Suite struct ForgedTokenTests {
    private static let now: Int64 = 1_790_000_000
    private let key = SymmetricKey(data: [UInt8](repeating: 3, count: 32))
    private var signer: AccessTokenSigner { AccessTokenSigner(key: key) }

    private func token(_ subject: String = "ada") -> String {
        signer.sign(
            AccessClaims(subject: subject, session: "s", expires: Self.now + 60), now: Self.now)
    }

    private func isBelieved(_ token: String) -> Bool {
        (try? signer.verify(token, now: Self.now)) != nil
            || (try? signer.authenticate(token, now: Self.now)) != nil
    }

    private func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

    @Test(
        "Another header is not ours, even under a right code",
        arguments: [
            #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"None"}"#, #"{"alg":"HS512","typ":"JWT"}"#,
            #"{"alg":"RS256","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
            #"{"typ":"JWT","alg":"HS256"}"#, #"{"alg":"HS256","typ":"JWT"} "#, "", "{}",
        ])
    func headers(header: String) {
        let payload = token().split(separator: ".")[1]
        let signed = encoded(header) + "." + payload
        let code = Base64URL.encode(
            Array(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)))
        for end in ["", ".", "." + code] { #expect(!isBelieved(signed + end)) }
    }

    @Test("Each cut, each part in the place of another, and each addition is refused")
    func shapes() {
        let (own, other) = (token(), token("bob"))
        #expect(isBelieved(own))
        let parts = own.split(separator: ".").map(String.init)
        let others = other.split(separator: ".").map(String.init)
        for length in 0..<own.count { #expect(!isBelieved(String(own.prefix(length)))) }
        var forged = [
            [parts[0], others[1], parts[2]], [parts[0], parts[1], others[2]],
            [parts[0], parts[2], parts[1]], [parts[1], parts[0], parts[2]],
            [parts[0], parts[1], parts[1], parts[2]], [parts[0], "", parts[2]],
        ].map { $0.joined(separator: ".") }
        let additions = ["A", "=", "==", ".", " ", "\n", "\0", "%00", "é", "." + parts[2]]
        forged += additions.flatMap { [own + $0, $0 + own] }
        forged += [
            String(repeating: "A", count: 1 << 20), own + String(repeating: "A", count: 1 << 20),
        ]
        forged += [String(repeating: ".", count: 1 << 20)]
        for token in forged { #expect(!isBelieved(token), "\(token.prefix(200))") }
    }

    @Test("A code has one text: neither its last bits nor its alphabet can be changed")
    func oneText() {
        let own = token()
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/="
        let believed = alphabet.filter { isBelieved(own.dropLast() + String($0)) }
        #expect(believed == String(own.suffix(1)))
    }

    @Test(
        "What is right but says nothing of use is refused",
        arguments: [
            "", "{}", "[]", "null", #"{"sub":"ada","sid":"s"}"#,
            #"{"sub":"ada","sid":"s","exp":"9"}"#,
            #"{"sub":"ada","sid":null,"exp":1790000060}"#,
            #"{"sub":"ada","sid":"s","exp":1e400}"#, #"{"sub":"ada","sid":"s","exp":-9e99}"#,
        ])
    func claims(payload: String) {
        let signed = token().split(separator: ".")[0] + "." + encoded(payload)
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        #expect(!isBelieved(signed + "." + Base64URL.encode(Array(code))))
    }

    @Test("Times at the ends of what a number holds end no worker", arguments: [Int64.min, .max])
    func extremeTimes(expires: Int64) {
        let token = signer.sign(
            AccessClaims(subject: "ada", session: "s", expires: expires), now: Self.now)
        #expect(throws: AccessTokenSigner.Failure.expired) {
            try signer.verify(token, now: Self.now)
        }
    }

    @Test("Sessions are ended by their id alone, and only one's own")
    func sessionIDs() throws {
        let bench = try Workbench()
        let ada = try bench.register("ada@example.org")
        let bob = try bench.register("bob@example.org")
        let secret = try #require(ada.refreshToken).dropFirst(4).split(separator: ".")[0]
        let ids = try bench.database().read {
            try $0.all("SELECT id FROM sessions") { try $0[0, as: String.self] }
        }
        let wrong = [
            String(secret), "%25", "*", "%27%20OR%201=1--", "%00",
            String(repeating: "a", count: 4000),
        ]
        for id in wrong {
            #expect(
                [400, 404].contains(ada.delete("/users/me/sessions/\(id)").status), "\(id)")
        }
        let ended = ids.filter { bob.delete("/users/me/sessions/\($0)").status == 204 }
        #expect(ended.count == 1)
        #expect(ada.get("/users/me").status == 200)
    }
}
