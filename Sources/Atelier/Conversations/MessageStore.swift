import SQL

/// Messages as rows: each conversation's are a tree by `parent_id`.
struct MessageStore: Sendable {
    let database: Database

    func add(_ message: Message, in connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO messages
                (id, conversation_id, parent_id, role, text, created_ms, ordinal, milestone_id)
            VALUES (\(message.id), \(message.conversationID), \(message.parentID), \(message.role),
                \(message.text), \(message.createdMs),
                coalesce((SELECT ordinal + 1 FROM messages WHERE id = \(message.parentID)), 0),
                (SELECT CASE WHEN ordinal % 64 = 0 THEN id ELSE milestone_id END
                    FROM messages WHERE id = \(message.parentID)))
            """)
    }

    func message(
        _ id: String, of conversationID: String, in connection: Connection
    ) throws -> (role: Message.Role, parentID: String?)? {
        try connection.first(
            """
            SELECT role, parent_id FROM messages
            WHERE id = \(id) AND conversation_id = \(conversationID)
            """
        ) { (try $0[0], try $0[1]) }
    }

    /// The text of an answer, and the message it answers.
    func answer(
        _ id: String, of conversationID: String, in connection: Connection
    ) throws -> (text: String, userMessageID: String)? {
        try connection.first(
            """
            SELECT text, parent_id FROM messages
            WHERE id = \(id) AND conversation_id = \(conversationID) AND role = 'assistant'
            """
        ) { (try $0[0], try $0[1]) }
    }

    /// The newest messages of a branch, oldest first, as many as fit in `byteLimit` bytes of text;
    /// the last one always.
    func history(
        endingIn leafID: String, byteLimit: Int
    ) throws -> [(role: Message.Role, text: String)] {
        try database.read { connection in
            try connection.all(
                """
                WITH RECURSIVE branch (parent_id, role, text, bytes, depth) AS (
                    SELECT parent_id, role, text, length(CAST(text AS BLOB)), 1 FROM messages
                    WHERE id = \(leafID)
                    UNION ALL
                    SELECT messages.parent_id, messages.role, messages.text,
                        bytes + length(CAST(messages.text AS BLOB)), depth + 1
                    FROM branch JOIN messages ON messages.id = branch.parent_id
                    WHERE bytes + length(CAST(messages.text AS BLOB)) <= \(byteLimit)
                )
                SELECT role, text FROM branch WHERE text <> '' ORDER BY depth DESC
                """
            ) { (try $0[0], try $0[1]) }
        }
    }

    /// The last messages of a history, as many as fit in `byteLimit` bytes of text; the last one always.
    static func newest(
        of history: [(role: Message.Role, text: String)], byteLimit: Int
    ) -> ArraySlice<(role: Message.Role, text: String)> {
        var bytes = history.last?.text.utf8.count ?? 0
        var first = max(0, history.count - 1)
        while first > 0 {
            bytes += history[first - 1].text.utf8.count
            guard bytes <= byteLimit else { break }
            first -= 1
        }
        return history[first...]
    }

    /// The newest leaf below a message, following the newest answer at each step.
    func newestLeaf(
        below id: String, of conversationID: String, in connection: Connection
    ) throws -> String {
        let leaf = try connection.value(
            """
            WITH RECURSIVE descent (id, depth) AS (
                SELECT \(id), 0
                UNION ALL
                SELECT (SELECT max(messages.id) FROM messages
                    WHERE messages.conversation_id = \(conversationID)
                        AND messages.parent_id = descent.id),
                    depth + 1
                FROM descent WHERE descent.id IS NOT NULL
            )
            SELECT id FROM descent WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1
            """, as: String.self)
        return leaf ?? id
    }

    func setContent(
        of id: String, text: String, reasoning: String?, in connection: Connection
    ) throws {
        try connection.execute(
            "UPDATE messages SET text = \(text), reasoning = \(reasoning) WHERE id = \(id)")
    }
}

extension MessageStore: GenerationContentStore {
    func store(
        text: String, reasoning: String?, of generation: Generation, in connection: Connection
    ) throws {
        try setContent(of: generation.messageID, text: text, reasoning: reasoning, in: connection)
    }
}
