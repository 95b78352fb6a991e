import SQL

/// Deleted conversations: out of sight at once, and gone after a while.
extension ConversationStore {
    /// How long a deleted conversation can be brought back.
    static let keptDeletedMs = 30 * 24 * 3_600_000

    /// - Returns: Whether there was such a conversation of that user.
    func remove(_ id: String, of userID: String, now: Int) throws -> Bool {
        try database.write { connection in
            try connection.execute(
                """
                UPDATE conversations SET deleted_ms = \(now)
                WHERE id = \(id) AND user_id = \(userID) AND deleted_ms IS NULL
                """) == 1
        }
    }

    /// Brings a deleted conversation back to its place in the list.
    func restore(_ id: String, of userID: String) throws {
        try database.write { connection in
            _ = try connection.execute(
                """
                UPDATE conversations SET deleted_ms = NULL
                WHERE id = \(id) AND user_id = \(userID)
                """)
        }
    }

    /// Does what jobs do for conversations; a little at a time, for others wait to write.
    func tidy(now: Int) throws {
        try purge(deletedBefore: now - Self.keptDeletedMs, limit: 20)
        try foldTitles(limit: 1_000)
    }

    /// Removes for good what was deleted before a time.
    ///
    /// One conversation in a transaction, for others wait to write: it may have 10,000 messages.
    func purge(deletedBefore time: Int, limit: Int) throws {
        let ids = try database.read { connection in
            try connection.all(
                "SELECT id FROM conversations WHERE deleted_ms < \(time) LIMIT \(limit)"
            ) { try $0[0, as: String.self] }
        }
        for id in ids {
            try database.write { connection in
                _ = try connection.execute(
                    "DELETE FROM conversations WHERE id = \(id) AND deleted_ms < \(time)")
            }
        }
    }

    /// Makes what titles are searched by where it is missing: after an upgrade.
    func foldTitles(limit: Int) throws {
        let titles = try database.read { connection in
            try connection.all(
                "SELECT id, title FROM conversations WHERE title_folded IS NULL LIMIT \(limit)"
            ) { (id: try $0[0, as: String.self], title: try $0[1, as: String.self]) }
        }
        guard !titles.isEmpty else { return }
        try database.write(durability: .normal) { connection in
            for (id, title) in titles {
                try connection.execute(
                    """
                    UPDATE conversations SET title_folded = \(title.folded)
                    WHERE id = \(id) AND title = \(title)
                    """)
            }
        }
    }
}
