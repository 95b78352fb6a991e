import SQL

/// Users, their sessions and their refresh tokens, as rows; sessions are in `AccountStore+Sessions`.
///
/// Account changes are synced to disk before they are acknowledged (``Durability/full``).
struct AccountStore: Sendable {
    let database: Database

    // MARK: Users

    /// Adds a user.
    ///
    /// - Returns: `false` when the address is taken.
    func add(_ user: User, passwordHash: PasswordHash) throws -> Bool {
        let forms = EmailAddress.storedForms(of: user.email)
        return try database.write { connection in
            let isTaken = try connection.value(
                "SELECT EXISTS (SELECT 1 FROM users WHERE email IN \(forms))", as: Bool.self)
            guard isTaken != true else { return false }
            return try connection.execute(
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

    /// Who may have the address; several only where accounts differ in nothing but its form, from
    /// before there was one form.
    ///
    /// - Parameter email: As it was typed.
    func users(email: String) throws -> [(user: User, passwordHash: PasswordHash)] {
        try EmailAddress.storedForms(of: email).compactMap {
            try user(where: "users.email = \($0)")
        }
    }

    private func user(where condition: Query) throws -> (user: User, passwordHash: PasswordHash)? {
        try database.read { connection in
            try connection.first(
                """
                SELECT \(User.columns), users.password_hash
                FROM users WHERE \(condition) AND users.password_hash <> ''
                """
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
                """
                UPDATE users SET password_hash = \(hash.encoded)
                WHERE id = \(id) AND password_hash <> ''
                """)
            let kept = SessionSecret.ids(ofSession: session)
            try connection.execute(
                "DELETE FROM sessions WHERE user_id = \(id) AND id NOT IN \(kept)")
        }
    }

    /// Hashes the same password anew; nobody is signed out.
    ///
    /// - Parameter old: Left alone if the password was changed meanwhile.
    func rehash(_ old: PasswordHash, of id: String, as hash: PasswordHash) throws {
        try database.write { connection in
            _ = try connection.execute(
                """
                UPDATE users SET password_hash = \(hash.encoded)
                WHERE id = \(id) AND password_hash = \(old.encoded)
                """)
        }
    }
}
