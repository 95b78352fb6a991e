import SQL

/// Any place of a long branch in few steps.
///
/// Each message knows the nearest one before it whose ordinal is a multiple of 64: by those a branch of
/// 10,000 is crossed in some 150 steps plus 64, and nothing but the messages of a page is read.
extension MessageStore {
    private static let milestoneDistance = 64

    /// How many messages stand before one; `nil` when there is no such message.
    func ordinal(
        of id: String, of conversationID: String, in connection: Connection
    ) throws -> Int? {
        try connection.value(
            "SELECT ordinal FROM messages WHERE id = \(id) AND conversation_id = \(conversationID)")
    }

    /// The message at a place of the branch that ends in `leafID`.
    ///
    /// - Returns: `nil` when the branch is shorter.
    func ancestor(of leafID: String, at ordinal: Int, in connection: Connection) throws
        -> String?
    {
        let distance = Self.milestoneDistance
        return try connection.value(
            """
            WITH RECURSIVE descent (id, parent_id, ordinal, milestone_id) AS (
                SELECT id, parent_id, ordinal, milestone_id FROM messages WHERE id = \(leafID)
                UNION ALL
                SELECT messages.id, messages.parent_id, messages.ordinal, messages.milestone_id
                FROM descent JOIN messages ON messages.id =
                    CASE WHEN (descent.ordinal - 1) / \(distance) * \(distance) >= \(ordinal)
                        THEN descent.milestone_id ELSE descent.parent_id END
                WHERE descent.ordinal > \(ordinal)
            )
            SELECT id FROM descent WHERE ordinal = \(ordinal)
            """)
    }

    /// How many bytes each of the `count` messages that end in `lastID` holds, oldest first.
    func sizes(endingIn lastID: String, count: Int, in connection: Connection) throws -> [Int] {
        try connection.all(
            """
            WITH RECURSIVE branch (parent_id, bytes, step) AS (
                SELECT parent_id, length(CAST(text AS BLOB)) +
                    coalesce(length(CAST(reasoning AS BLOB)), 0), 1
                FROM messages WHERE id = \(lastID)
                UNION ALL
                SELECT messages.parent_id, length(CAST(text AS BLOB)) +
                    coalesce(length(CAST(reasoning AS BLOB)), 0), step + 1
                FROM branch JOIN messages ON messages.id = branch.parent_id
                WHERE step < \(count)
            )
            SELECT bytes FROM branch ORDER BY step DESC
            """
        ) { try $0[0] }
    }

    /// The `count` messages that end in `lastID`, oldest first.
    func branch(
        endingIn lastID: String, count: Int, in connection: Connection
    ) throws -> [Message] {
        try connection.all(
            """
            WITH RECURSIVE branch (id, parent_id, step) AS (
                SELECT id, parent_id, 1 FROM messages
                WHERE id = \(lastID)
                UNION ALL
                SELECT messages.id, messages.parent_id, step + 1
                FROM branch JOIN messages ON messages.id = branch.parent_id
                WHERE step < \(count)
            )
            SELECT messages.id, messages.conversation_id, messages.parent_id, role, text, reasoning,
                messages.created_ms,
                (SELECT group_concat(id, ' ') FROM (
                    SELECT sibling.id FROM messages AS sibling
                    WHERE sibling.conversation_id = messages.conversation_id
                        AND sibling.parent_id IS NOT DISTINCT FROM messages.parent_id
                    ORDER BY sibling.id)),
                \(Generation.columns)
            FROM branch JOIN messages ON messages.id = branch.id
                LEFT JOIN generations ON generations.message_id = messages.id
            ORDER BY step DESC
            """
        ) { row in
            Message(
                id: try row[0], conversationID: try row[1], parentID: try row[2], role: try row[3],
                text: try row[4], reasoning: try row[5], createdMs: try row[6],
                siblingIDs: try row[7, as: String.self].split(separator: " ").map(String.init),
                generation: try Generation(optional: row, from: 8))
        }
    }
}
