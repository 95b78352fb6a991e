import CArgon2
import Threads
import Web

/// A password hash: argon2id in its encoded form (RFC 9106).
///
/// The cost is OWASP's first choice for interactive sign-in: 19 MiB, 2 passes, 1 lane.
struct PasswordHash: Sendable {
    /// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; holds its own parameters, so they can be raised later.
    let encoded: String

    private static let memoryKiB: UInt32 = 19 * 1024
    private static let passes: UInt32 = 2
    private static let lanes: UInt32 = 1
    private static let saltBytes = 16
    private static let hashBytes = 32

    /// A hash of no known password: verified against when an account does not exist, so that the time
    /// of an answer does not tell.
    fileprivate static let ofNobody = PasswordHash(
        encoded: encode("nobody's \(UInt64.random(in: .min ... .max))"))

    init(encoded: String) {
        self.encoded = encoded
    }

    /// - Parameter password: In the form of ``PasswordRules/normalised(_:)``.
    init(password: String) {
        encoded = Self.encode(password)
    }

    private static func encode(_ password: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let password = [UInt8](password.utf8)
        let length = argon2_encodedlen(
            passes, memoryKiB, lanes, UInt32(salt.count), UInt32(hashBytes), Argon2_id)
        return String(unsafeUninitializedCapacity: length) { buffer in
            let code = buffer.withMemoryRebound(to: CChar.self) { text in
                argon2id_hash_encoded(
                    passes, memoryKiB, lanes, password, password.count, salt, salt.count,
                    hashBytes, text.baseAddress, text.count)
            }
            // The parameters are fixed and valid; what is left to fail is the allocation of 19 MiB.
            precondition(
                code == ARGON2_OK.rawValue, "argon2: \(String(cString: argon2_error_message(code)))"
            )
            return length - 1  // without the terminating zero
        }
    }

    /// Whether this is the hash of `password`; takes as long for a wrong one.
    fileprivate func isHash(of password: String) -> Bool {
        let password = [UInt8](password.utf8)
        return argon2id_verify(encoded, password, password.count) == ARGON2_OK.rawValue
    }
}

/// Makes and compares hashes, a few at a time.
struct PasswordHasher: Sendable {
    /// Each hash needs its 19 MiB, and a core: more at once would only be slower for everyone. Each
    /// that waits holds a thread.
    private let room = WaitingRoom(places: 2, chairs: 16)

    /// - Parameter password: In the form of ``PasswordRules/normalised(_:)``.
    /// - Throws: ``Problem`` `sign_in_busy` when too many wait already.
    func hash(_ password: String) throws(Problem) -> PasswordHash {
        guard room.enter() else { throw AccountProblem.busy }
        defer { room.leave() }
        return PasswordHash(password: password)
    }

    /// What came of a password.
    enum Match {
        case wrong
        case sound
        /// It is right, but was hashed in a form that is not used any more.
        case outdated
    }

    /// Compares a password with a hash; takes as long for a wrong one, and for no hash at all.
    ///
    /// - Parameters:
    ///   - text: As it was typed.
    ///   - hash: `nil` for an account that does not exist.
    /// - Throws: ``Problem`` `sign_in_busy` when too many wait already.
    func match(_ text: String, _ hash: PasswordHash?) throws(Problem) -> Match {
        let known = hash ?? .ofNobody
        guard room.enter() else { throw AccountProblem.busy }
        defer { room.leave() }
        let forms = PasswordRules.hashedForms(of: text)
        guard let index = forms.firstIndex(where: known.isHash) else { return .wrong }
        return index == 0 ? .sound : .outdated
    }
}
