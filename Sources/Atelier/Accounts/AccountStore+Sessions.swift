import SQL

extension AccountStore {
    func add(_ session: Session, token: RefreshToken, now: Int) throws {
        try database.write { connection in
            try removeExpired(connection, now)
            try connection.execute(
                """
                INSERT INTO sessions
                    (id, user_id, user_agent, address, created_ms, last_used_ms, expires_ms)
                VALUES (\(session.id), \(session.userID), \(session.userAgent), \(session.address),
                    \(session.createdMs), \(session.lastUsedMs), \(session.expiresMs))
                """)
            try connection.execute(
                "INSERT INTO refresh_tokens (hash, session_id) VALUES (\(token.hash), \(session.id))"
            )
        }
    }

    /// Sessions that nobody used, and the key that stood here before it lay outside the database.
    private func removeExpired(_ connection: Connection, _ now: Int) throws {
        try connection.execute("DELETE FROM sessions WHERE expires_ms <= \(now)")
        let lifetimeMs = Int(AccessTokenSigner.lifetimeSeconds) * 1000
        try connection.execute(
            """
            UPDATE instance SET token_key = zeroblob(length(token_key)), old_key_until_ms = NULL
            WHERE old_key_until_ms < \(now - lifetimeMs)
            """)
    }

    /// The user of a session that has not ended, and the session's id.
    func holder(of secret: SessionSecret, now: Int) throws -> (user: User, sessionID: String)? {
        try database.read { connection in
            try connection.first(
                """
                SELECT \(User.columns), sessions.id
                FROM sessions JOIN users ON users.id = sessions.user_id
                WHERE sessions.id IN \(secret.ids) AND sessions.expires_ms > \(now)
                """
            ) { (try User($0), try $0[5, as: String.self]) }
        }
    }

    /// Whether a session has not ended; also while it gets its present id.
    func hasSession(_ id: String, now: Int) throws -> Bool {
        let ids = SessionSecret.ids(ofSession: id)
        return try database.read { connection in
            try connection.value(
                "SELECT EXISTS (SELECT 1 FROM sessions WHERE id IN \(ids) AND expires_ms > \(now))")
                ?? false
        }
    }

    /// The sessions of a person, the last used first; the rest of very many is not shown.
    func sessions(of userID: String, now: Int) throws -> [Session] {
        try database.read { connection in
            try connection.all(
                """
                SELECT id, user_id, user_agent, address, created_ms, last_used_ms, expires_ms
                FROM sessions WHERE user_id = \(userID) AND expires_ms > \(now)
                ORDER BY last_used_ms DESC LIMIT 200
                """, Session.init)
        }
    }

    /// - Returns: Whether there was such a session of that user.
    func endSession(_ id: String, of userID: String) throws -> Bool {
        let ids = SessionSecret.ids(ofSession: id)
        return try database.write { connection in
            try connection.execute(
                "DELETE FROM sessions WHERE id IN \(ids) AND user_id = \(userID)") == 1
        }
    }

    /// - Returns: How many there were.
    func endSessions(of userID: String, but id: String) throws -> Int {
        let kept = SessionSecret.ids(ofSession: id)
        return try database.write { connection in
            try connection.execute(
                "DELETE FROM sessions WHERE user_id = \(userID) AND id NOT IN \(kept)")
        }
    }
}

/// Refresh tokens.
extension AccountStore {
    /// How long a token is good again after its exchange, while its successor is unused, in
    /// milliseconds: the answer may have been lost.
    static let graceMs = 60_000

    /// What is known of a refresh token.
    struct Holder {
        let user: User
        let sessionID: String
        /// When the session was renewed last.
        let lastUsedMs: Int
        /// When the token was exchanged.
        let usedMs: Int?
    }

    func holder(of token: RefreshToken, now: Int) throws -> Holder? {
        try database.read { try self.holder(of: token, now, $0) }
    }

    private func holder(
        of token: RefreshToken, _ now: Int, _ connection: Connection
    ) throws -> Holder? {
        try connection.first(
            """
            SELECT \(User.columns), sessions.id, sessions.last_used_ms, refresh_tokens.used_ms
            FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
                JOIN users ON users.id = sessions.user_id
            WHERE refresh_tokens.hash = \(token.hash) AND sessions.expires_ms > \(now)
            """
        ) { row in
            Holder(
                user: try User(row), sessionID: try row[5], lastUsedMs: try row[6],
                usedMs: try row[7])
        }
    }

    /// What came of presenting a refresh token.
    enum Exchange {
        case renewed(user: User, session: SessionSecret, token: RefreshToken)
        /// The token was used before: somebody else has it, so its session has been ended.
        case reused(userID: String)
        case unknown
    }

    /// Exchanges a refresh token for its successor. Of several at once all get the same.
    ///
    /// - Parameters:
    ///   - keepsOldIDs: Whether programs still run that know sessions by their old ids.
    ///   - successor: What follows on the token in a session.
    func exchange(
        _ token: RefreshToken, now: Int, keepsOldIDs: Bool,
        successor: (SessionSecret) -> RefreshToken
    ) throws -> Exchange {
        try database.write { connection in
            try removeExpired(connection, now)
            guard let found = try holder(of: token, now, connection) else {
                return try endFamily(of: token, connection)
            }
            // A token older than its present form is of a session whose id is the secret.
            let secret = token.session ?? SessionSecret(found.sessionID)
            let next = successor(secret)
            // A clock that was set back: what lies in the future was before all that happens now.
            try connection.execute(
                """
                UPDATE refresh_tokens SET used_ms = \(now)
                WHERE session_id = \(found.sessionID) AND used_ms > \(now)
                """)
            // Whoever changes the row is the first; everybody else has to have a reason to come again.
            let isFirst =
                try connection.execute(
                    "UPDATE refresh_tokens SET used_ms = \(now) WHERE hash = \(token.hash) AND used_ms IS NULL"
                ) == 1
            guard try isFirst || mayComeAgain(token, next, now, connection) else {
                try connection.execute("DELETE FROM sessions WHERE id = \(found.sessionID)")
                return .reused(userID: found.user.id)
            }
            try connection.execute(
                """
                INSERT INTO refresh_tokens (hash, session_id) VALUES (\(next.hash), \(found.sessionID))
                ON CONFLICT (hash) DO NOTHING
                """)
            try connection.execute(
                """
                DELETE FROM refresh_tokens
                WHERE session_id = \(found.sessionID) AND used_ms < \(now - Self.graceMs)
                """)
            try connection.execute(
                """
                UPDATE sessions SET last_used_ms = \(now), expires_ms = \(now + Session.lifetimeMs)
                WHERE id = \(found.sessionID)
                """)
            if found.sessionID == token.session?.text, !keepsOldIDs {
                try hideID(of: secret, connection)
            }
            return .renewed(user: found.user, session: secret, token: next)
        }
    }

    /// Used tokens are not kept. But only this session ever had its secret, so a token that has it and
    /// is not there is an old one.
    private func endFamily(of token: RefreshToken, _ connection: Connection) throws -> Exchange {
        guard let ids = token.session?.ids,
            let userID = try connection.value(
                "SELECT user_id FROM sessions WHERE id IN \(ids)", as: String.self)
        else { return .unknown }
        try connection.execute("DELETE FROM sessions WHERE id IN \(ids)")
        return .reused(userID: userID)
    }

    /// Whether a used token is good once more: it was used within a minute, and what follows on it was
    /// not.
    private func mayComeAgain(
        _ token: RefreshToken, _ next: RefreshToken, _ now: Int, _ connection: Connection
    ) throws -> Bool {
        try connection.value(
            """
            SELECT EXISTS (
                SELECT 1 FROM refresh_tokens AS used
                WHERE hash = \(token.hash) AND used_ms >= \(now - Self.graceMs)
                    AND NOT EXISTS (
                        SELECT 1 FROM refresh_tokens AS later
                        WHERE later.session_id = used.session_id AND later.used_ms IS NOT NULL
                            AND (later.hash = \(next.hash) OR later.rowid > used.rowid)))
            """) ?? false
    }

    /// Gives a session of before the hash its present id.
    private func hideID(of secret: SessionSecret, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO sessions
            SELECT \(secret.id), user_id, user_agent, address, created_ms, last_used_ms, expires_ms
            FROM sessions WHERE id = \(secret.text)
            """)
        try connection.execute(
            "UPDATE refresh_tokens SET session_id = \(secret.id) WHERE session_id = \(secret.text)")
        try connection.execute("DELETE FROM sessions WHERE id = \(secret.text)")
    }
}

/// The instance.
extension AccountStore {
    /// - Returns: `nil` in a database that was never prepared.
    func instance() throws -> (salt: [UInt8], oldKey: AccessTokenSigner.OldKey?)? {
        try database.read { connection in
            try connection.first("SELECT key_salt, token_key, old_key_until_ms FROM instance") {
                row in
                let untilMs = try row[2, as: Int?.self]
                let oldKey = try row[1, as: [UInt8].self]
                return (
                    try row[0],
                    untilMs.map { AccessTokenSigner.OldKey(key: oldKey, until: Int64($0 / 1000)) }
                )
            }
        }
    }

    /// Makes this database an instance of its own, unless it is one.
    func makeInstance(salt: [UInt8]) throws {
        try database.write { try Self.addInstance($0, salt) }
    }

    private static func addInstance(_ connection: Connection, _ salt: [UInt8]) throws {
        _ = try connection.execute(
            """
            INSERT INTO instance (id, token_key, key_salt) VALUES (1, \([UInt8]()), \(salt))
            ON CONFLICT (id) DO NOTHING
            """)
    }

    /// Ends every session and changes every key, in a database that is about to be restored: what
    /// had ended since must not come back.
    ///
    /// - Returns: How many sessions there were.
    static func disown(_ connection: Connection, salt: [UInt8]) throws -> Int {
        let ended = try connection.execute("DELETE FROM sessions")
        try connection.execute("DELETE FROM sign_in_attempts")
        try connection.execute("DELETE FROM instance")
        let isSalted = try connection.value(
            "SELECT EXISTS (SELECT 1 FROM pragma_table_info('instance') WHERE name = 'key_salt')",
            as: Bool.self)
        // An older schema gets its salt when it is migrated.
        if isSalted == true { try addInstance(connection, salt) }
        return ended
    }
}
