import SQL

/// The removal of accounts: out of use at once, and gone piece by piece, for others wait to write. One
/// without a password hash is on its way; jobs finish what a crash has left.
extension AccountStore {
    /// Ends a person's sessions, and takes their password: they can sign in no more.
    func hide(_ id: String) throws {
        try database.write { connection in
            try connection.execute("UPDATE users SET password_hash = '' WHERE id = \(id)")
            try connection.execute("DELETE FROM sessions WHERE user_id = \(id)")
        }
    }

    /// Removes a hidden user and everything that is theirs, one conversation in a transaction: it may
    /// have 10,000 messages.
    func remove(_ id: String) throws {
        let conversations = try database.read { connection in
            try connection.all("SELECT id FROM conversations WHERE user_id = \(id)") {
                try $0[0, as: String.self]
            }
        }
        for conversation in conversations {
            try database.write { connection in
                _ = try connection.execute("DELETE FROM conversations WHERE id = \(conversation)")
            }
        }
        try database.write { connection in
            _ = try connection.execute("DELETE FROM users WHERE id = \(id) AND password_hash = ''")
        }
    }

    /// Removes the hidden users.
    func finishRemovals() throws {
        let ids = try database.read { connection in
            try connection.all("SELECT id FROM users WHERE password_hash = ''") {
                try $0[0, as: String.self]
            }
        }
        for id in ids { try remove(id) }
    }
}
