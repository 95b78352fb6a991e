import Crypto
import SQL
import Threads
import Web

/// Slows down guessing of passwords, and of who has an account, over all workers.
///
/// An attempt counts as failed until it has succeeded, so that many at once cannot slip through.
/// After some free tries each further failure doubles the pause.
struct SignInThrottle: Sendable {
    /// What attempts are counted by.
    enum Subject: Sendable {
        /// Of an account, from devices not seen before. The pause is short, so that a stranger cannot
        /// lock its owner out for long.
        case account(email: String)
        /// From a network, for any account.
        case address(String)
        /// On a device that the account has signed in on before: strangers do not count there.
        case device(String)
        /// By somebody who is signed in.
        case session(String)
        /// Registrations from a network that hit upon an account: each tells who has one.
        case registration(String)

        fileprivate var freeTries: Int {
            switch self {
            case .account, .device, .session, .registration: 5
            case .address: 20
            }
        }

        fileprivate var longestPauseMs: Int {
            switch self {
            case .account, .device, .session: 60_000
            case .address, .registration: 15 * 60_000
            }
        }

        /// Whether a success shows that earlier failures were of the same person.
        fileprivate var isForgiven: Bool {
            switch self {
            case .account, .device, .session: true
            case .address, .registration: false
            }
        }

        /// Hashed: what strangers type into a sign-in form is nobody's business.
        fileprivate var row: String {
            let (kind, text) =
                switch self {
                case .account(let email): ("account", email)
                case .address(let address): ("address", NetworkAddress.network(of: address))
                case .device(let mark): ("device", mark)
                case .session(let id): ("session", id)
                case .registration(let address):
                    ("registration", NetworkAddress.network(of: address))
                }
            return kind + ":" + Base64URL.encode(Array(OpaqueToken.hash(text).prefix(16)))
        }
    }

    /// Failures older than this are forgotten.
    private static let memoryMs = 60 * 60_000

    /// The longest an attempt waits for its turn rather than being refused, in milliseconds: those
    /// ahead of it may be right, and then do not count.
    private static let patienceMs = 3000

    let database: Database
    /// So that those who wait leave threads for everybody else.
    private let room = WaitingRoom(places: 32, chairs: 0)

    init(database: Database) {
        self.database = database
    }

    /// Counts an attempt, or refuses it; within a short pause it waits.
    ///
    /// - Throws: ``Problem`` `too_many_attempts` with `Retry-After`.
    func begin(_ subjects: [Subject]) throws {
        var pauseMs = try count(subjects, now: UnixTime.milliseconds)
        guard pauseMs > 0 else { return }
        if pauseMs <= Self.patienceMs, room.enter() {
            defer { room.leave() }
            let turn = Monitor(())
            for _ in 0..<Self.patienceMs / 100 where (1...Self.patienceMs).contains(pauseMs) {
                _ = turn.wait(upTo: .milliseconds(100)) { _ -> Void? in nil }
                pauseMs = try count(subjects, now: UnixTime.milliseconds)
            }
        }
        guard pauseMs <= 0 else { throw AccountProblem.tooManyAttempts(waitMs: pauseMs) }
    }

    /// Counts an attempt, unless there is a pause.
    ///
    /// - Returns: How long the pause still is, in milliseconds.
    private func count(_ subjects: [Subject], now: Int) throws -> Int {
        try database.write(durability: .normal) { connection in
            try connection.execute(
                "DELETE FROM sign_in_attempts WHERE last_ms < \(now - Self.memoryMs)")
            // The clock was set back: a pause that began in the future would last until then.
            try connection.execute(
                "UPDATE sign_in_attempts SET last_ms = \(now) WHERE last_ms > \(now)")
            let pauses = try subjects.map { try Self.pauseMs(of: $0, now, connection) }
            let pauseMs = pauses.max() ?? 0
            guard pauseMs <= 0 else { return pauseMs }
            for subject in subjects {
                try connection.execute(
                    """
                    INSERT INTO sign_in_attempts (subject, failures, last_ms)
                    VALUES (\(subject.row), 1, \(now))
                    ON CONFLICT (subject) DO UPDATE
                        SET failures = sign_in_attempts.failures + 1, last_ms = \(now)
                    """)
            }
            return 0
        }
    }

    private static func pauseMs(
        of subject: Subject, _ now: Int, _ connection: Connection
    ) throws -> Int {
        let row = try connection.first(
            "SELECT failures, last_ms FROM sign_in_attempts WHERE subject = \(subject.row)"
        ) { (failures: try $0[0, as: Int.self], lastMs: try $0[1, as: Int.self]) }
        guard let row, row.failures >= subject.freeTries else { return 0 }
        let doublings = min(row.failures - subject.freeTries, 20)
        return row.lastMs + min(1000 << doublings, subject.longestPauseMs) - now
    }

    /// Takes the attempt back, and forgets the failures of the account itself. Those of a network
    /// stay: whoever has an account of their own may still be guessing at others.
    func succeed(_ subjects: [Subject]) throws {
        let forgiven = subjects.filter(\.isForgiven).map(\.row)
        try database.write(durability: .normal) { connection in
            try connection.execute("DELETE FROM sign_in_attempts WHERE subject IN \(forgiven)")
            try Self.takeBack(subjects.filter { !$0.isForgiven }, connection)
        }
    }

    /// Takes back an attempt at which no password was looked at.
    func takeBack(_ subjects: [Subject]) throws {
        try database.write(durability: .normal) { try Self.takeBack(subjects, $0) }
    }

    private static func takeBack(_ subjects: [Subject], _ connection: Connection) throws {
        _ = try connection.execute(
            """
            UPDATE sign_in_attempts SET failures = failures - 1
            WHERE subject IN \(subjects.map(\.row)) AND failures > 0
            """)
    }
}
