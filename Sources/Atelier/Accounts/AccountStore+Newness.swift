import SQL

extension AccountStore {
    /// Whether nobody has come yet: the first account stands alone, and no one is signed in to it.
    func isNew() throws -> Bool {
        try database.read { connection in
            try connection.value(
                """
                SELECT (SELECT count(*) FROM users) <= 1
                    AND NOT EXISTS (SELECT 1 FROM sessions)
                """) ?? false
        }
    }
}
