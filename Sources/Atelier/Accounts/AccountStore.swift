import SQL

/// Users, their sessions and their refresh tokens, as rows.
///
/// Account changes are synced to disk before they are acknowledged (``Durability/full``).
struct AccountStore: Sendable {
    let database: Database

    // MARK: Users

    /// Adds a user.
    ///
    /// - Returns: `false` when the address is taken.
    func add(_ user: User, passwordHash: PasswordHash) throws -> Bool {
        try database.write { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, name, role, password_hash, created_ms)
                VALUES (\(user.id), \(user.email), \(user.name), \(user.role),
                    \(passwordHash.encoded), \(user.createdMs))
                ON CONFLICT (email) DO NOTHING
                """) == 1
        }
    }

    func hasAdministrator() throws -> Bool {
        try database.read { connection in
            try connection.value(
                "SELECT EXISTS (SELECT 1 FROM users WHERE role = \(User.Role.admin))") ?? false
        }
    }

    func user(id: String) throws -> (user: User, passwordHash: PasswordHash)? {
        try user(where: "users.id = \(id)")
    }

    /// - Parameter email: In lower case.
    func user(email: String) throws -> (user: User, passwordHash: PasswordHash)? {
        try user(where: "users.email = \(email)")
    }

    private func user(where condition: Query) throws -> (user: User, passwordHash: PasswordHash)? {
        try database.read { connection in
            try connection.first(
                "SELECT \(User.columns), users.password_hash FROM users WHERE \(condition)"
            ) { row in
                (try User(row), PasswordHash(encoded: try row[5]))
            }
        }
    }

    func rename(_ id: String, to name: String) throws {
        try database.write { connection in
            _ = try connection.execute("UPDATE users SET name = \(name) WHERE id = \(id)")
        }
    }

    /// Sets the password, and ends every session but one: whoever knew the old password is out.
    func setPassword(of id: String, to hash: PasswordHash, keeping session: String) throws {
        try database.write { connection in
            try connection.execute(
                "UPDATE users SET password_hash = \(hash.encoded) WHERE id = \(id)")
            try connection.execute(
                "DELETE FROM sessions WHERE user_id = \(id) AND id <> \(session)")
        }
    }

    /// Removes a user and everything that is theirs.
    func remove(_ id: String) throws {
        try database.write { connection in
            _ = try connection.execute("DELETE FROM users WHERE id = \(id)")
        }
    }

    // MARK: Sessions

    func add(_ session: Session, refreshTokenHash: [UInt8], removingExpiredAt now: Int) throws {
        try database.write { connection in
            try connection.execute("DELETE FROM sessions WHERE expires_ms <= \(now)")
            try connection.execute(
                """
                INSERT INTO sessions
                    (id, user_id, user_agent, address, created_ms, last_used_ms, expires_ms)
                VALUES (\(session.id), \(session.userID), \(session.userAgent), \(session.address),
                    \(session.createdMs), \(session.lastUsedMs), \(session.expiresMs))
                """)
            try connection.execute(
                "INSERT INTO refresh_tokens (hash, session_id) VALUES (\(refreshTokenHash), \(session.id))"
            )
        }
    }

    /// The user of a session that has not ended.
    func user(ofSession id: String, now: Int) throws -> User? {
        try database.read { connection in
            try connection.first(
                """
                SELECT \(User.columns) FROM sessions JOIN users ON users.id = sessions.user_id
                WHERE sessions.id = \(id) AND sessions.expires_ms > \(now)
                """, User.init)
        }
    }

    func sessions(of userID: String, now: Int) throws -> [Session] {
        try database.read { connection in
            try connection.all(
                """
                SELECT id, user_id, user_agent, address, created_ms, last_used_ms, expires_ms
                FROM sessions WHERE user_id = \(userID) AND expires_ms > \(now)
                ORDER BY last_used_ms DESC
                """, Session.init)
        }
    }

    /// - Returns: Whether there was such a session of that user.
    func endSession(_ id: String, of userID: String) throws -> Bool {
        try database.write { connection in
            try connection.execute(
                "DELETE FROM sessions WHERE id = \(id) AND user_id = \(userID)") == 1
        }
    }

    /// What came of presenting a refresh token.
    enum Exchange {
        case renewed(sessionID: String, user: User)
        /// The token was used before: somebody else has it, so its session has been ended.
        case reused
        case unknown
    }

    /// Exchanges a refresh token for its successor; of two at once, one succeeds.
    func exchange(
        _ hash: [UInt8], for successor: [UInt8], expiresMs: Int, now: Int
    ) throws -> Exchange {
        try database.write { connection in
            let found = try connection.first(
                """
                SELECT \(User.columns), sessions.id, refresh_tokens.used_ms
                FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
                    JOIN users ON users.id = sessions.user_id
                WHERE refresh_tokens.hash = \(hash) AND sessions.expires_ms > \(now)
                """
            ) { row in
                (
                    user: try User(row), session: try row[5, as: String.self],
                    used: try row[6, as: Int?.self]
                )
            }
            guard let found else { return .unknown }
            guard found.used == nil else {
                try connection.execute("DELETE FROM sessions WHERE id = \(found.session)")
                return .reused
            }
            try connection.execute(
                "UPDATE refresh_tokens SET used_ms = \(now) WHERE hash = \(hash)")
            try connection.execute(
                "INSERT INTO refresh_tokens (hash, session_id) VALUES (\(successor), \(found.session))"
            )
            try connection.execute(
                """
                UPDATE sessions SET last_used_ms = \(now), expires_ms = \(expiresMs)
                WHERE id = \(found.session)
                """)
            return .renewed(sessionID: found.session, user: found.user)
        }
    }

    /// The key that signs access tokens; the same for every worker of this database.
    func tokenKey() throws -> [UInt8]? {
        try database.read { try $0.value("SELECT token_key FROM instance") }
    }

    /// Keeps a token key unless there is one already.
    func setTokenKey(_ key: [UInt8]) throws {
        try database.write { connection in
            _ = try connection.execute(
                "INSERT INTO instance (id, token_key) VALUES (1, \(key)) ON CONFLICT DO NOTHING")
        }
    }
}
