import CArgon2
import Dispatch

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

    /// Each hash needs its 19 MiB, and a core: more at once would only be slower for everyone.
    private static let places = DispatchSemaphore(value: 2)

    /// A hash of no known password: verified against when an account does not exist, so that the time
    /// of an answer does not tell.
    static let ofNobody = PasswordHash(password: "nobody's \(UInt64.random(in: .min ... .max))")

    init(encoded: String) {
        self.encoded = encoded
    }

    init(password: String) {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<Self.saltBytes).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        let password = [UInt8](password.utf8)
        let length = argon2_encodedlen(
            Self.passes, Self.memoryKiB, Self.lanes, UInt32(salt.count), UInt32(Self.hashBytes),
            Argon2_id)
        encoded = String(unsafeUninitializedCapacity: length) { buffer in
            Self.places.wait()
            defer { Self.places.signal() }
            let code = buffer.withMemoryRebound(to: CChar.self) { text in
                argon2id_hash_encoded(
                    Self.passes, Self.memoryKiB, Self.lanes, password, password.count, salt,
                    salt.count, Self.hashBytes, text.baseAddress, text.count)
            }
            // The parameters are fixed and valid; what is left to fail is the allocation of 19 MiB.
            precondition(
                code == ARGON2_OK.rawValue, "argon2: \(String(cString: argon2_error_message(code)))"
            )
            return length - 1  // without the terminating zero
        }
    }

    /// Whether this is the hash of `password`; takes as long for a wrong one.
    func matches(_ password: String) -> Bool {
        let password = [UInt8](password.utf8)
        Self.places.wait()
        defer { Self.places.signal() }
        return argon2id_verify(encoded, password, password.count) == ARGON2_OK.rawValue
    }
}
