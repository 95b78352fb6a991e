import Crypto
import SQL
import Web

/// Slows down guessing of passwords, per account and per address, over all workers.
///
/// An attempt counts as failed until it has succeeded, so that many at once cannot slip through.
/// After some free tries each further failure doubles the pause. The pause is short for an
/// account, so that a stranger cannot lock its owner out for long.
struct SignInThrottle: Sendable {
    private struct Rule {
        let freeTries: Int
        let longestPauseMs: Int
    }

    private static let account = Rule(freeTries: 5, longestPauseMs: 60_000)
    private static let address = Rule(freeTries: 20, longestPauseMs: 15 * 60_000)
    /// Failures older than this are forgotten.
    private static let memoryMs = 60 * 60_000

    let database: Database

    /// Counts an attempt, or refuses it.
    ///
    /// - Throws: ``Problem`` `too_many_attempts` with `Retry-After`.
    func begin(email: String, address: String, now: Int) throws {
        let subjects = [
            (Self.subject("account", email), Self.account),
            (Self.subject("address", address), Self.address),
        ]
        let pauseMs = try database.write(durability: .normal) { connection -> Int in
            try connection.execute(
                "DELETE FROM sign_in_attempts WHERE last_ms < \(now - Self.memoryMs)")
            var pauseMs = 0
            for (subject, rule) in subjects {
                let row = try connection.first(
                    "SELECT failures, last_ms FROM sign_in_attempts WHERE subject = \(subject)"
                ) { (failures: try $0[0, as: Int.self], lastMs: try $0[1, as: Int.self]) }
                guard let row, row.failures >= rule.freeTries else { continue }
                let doublings = min(row.failures - rule.freeTries, 20)
                let allowedAt = row.lastMs + min(1000 << doublings, rule.longestPauseMs)
                pauseMs = max(pauseMs, allowedAt - now)
            }
            guard pauseMs <= 0 else { return pauseMs }
            for (subject, _) in subjects {
                try connection.execute(
                    """
                    INSERT INTO sign_in_attempts (subject, failures, last_ms)
                    VALUES (\(subject), 1, \(now))
                    ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, last_ms = \(now)
                    """)
            }
            return 0
        }
        guard pauseMs <= 0 else { throw AccountProblem.tooManyAttempts(waitMs: pauseMs) }
    }

    /// Forgets the failures: the person has shown that it is them.
    func succeed(email: String, address: String) throws {
        let subjects = [Self.subject("account", email), Self.subject("address", address)]
        try database.write(durability: .normal) { connection in
            _ = try connection.execute("DELETE FROM sign_in_attempts WHERE subject IN \(subjects)")
        }
    }

    /// Hashed: what strangers type into a sign-in form is nobody's business.
    private static func subject(_ kind: String, _ text: String) -> String {
        kind + ":" + Base64URL.encode(Array(SHA256.hash(data: Array(text.utf8)).prefix(16)))
    }
}
