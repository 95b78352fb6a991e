import JSON
import SQL
import Web

/// Conversations as rows.
struct ConversationStore: Sendable {
    let database: Database

    func add(_ conversation: Conversation, of userID: String) throws {
        try database.write { connection in
            _ = try connection.execute(
                """
                INSERT INTO conversations
                    (id, user_id, title, title_folded, title_source, model, fallback_models,
                     created_ms, updated_ms)
                VALUES (\(conversation.id), \(userID), \(conversation.title),
                    \(conversation.title.folded), \(conversation.titleSource), \(conversation.model),
                    \(Self.encoded(conversation.fallbackModels)), \(conversation.createdMs),
                    \(conversation.updatedMs))
                """)
        }
    }

    func conversation(_ id: String, of userID: String) throws -> Conversation? {
        try database.read { try conversation(id, of: userID, in: $0) }
    }

    func conversation(
        _ id: String, of userID: String, in connection: Connection
    ) throws -> Conversation? {
        try connection.first(
            """
            SELECT \(Conversation.columns) FROM conversations
            WHERE conversations.id = \(id) AND user_id = \(userID) AND deleted_ms IS NULL
            """, Conversation.init)
    }

    /// A page of a person's conversations, the last changed first; or of those that were deleted and
    /// can be brought back, the last deleted first.
    ///
    /// - Parameter titlePart: Only those whose title holds this text, whatever its case and accents.
    func conversations(
        of userID: String, deletedSince: Int?, titlePart: String?,
        before cursor: ConversationCursor?, limit: Int
    ) throws -> [Conversation] {
        let time: Query = deletedSince == nil ? "updated_ms" : "deleted_ms"
        let kept: Query = deletedSince.map { "deleted_ms >= \($0)" } ?? "deleted_ms IS NULL"
        let continued: Query = cursor.map { "AND (\(time), id) < (\($0.timeMs), \($0.id))" } ?? ""
        let matching: Query =
            titlePart.map { "AND instr(coalesce(title_folded, lower(title)), \($0.folded)) > 0" }
            ?? ""
        return try database.read { connection in
            try connection.all(
                """
                SELECT \(Conversation.columns) FROM conversations
                WHERE user_id = \(userID) AND \(kept) \(continued) \(matching)
                ORDER BY \(time) DESC, id DESC LIMIT \(limit)
                """, Conversation.init)
        }
    }

    /// Changes what is not `nil`. A title given here is the person's own.
    ///
    /// - Returns: Whether there is such a conversation of that user.
    func change(
        _ id: String, of userID: String, title: String?, model: String?, fallbackModels: [String]?,
        activeMessageID: String?
    ) throws -> Bool {
        try database.write { connection in
            try connection.execute(
                """
                UPDATE conversations SET
                    title = coalesce(\(title), title),
                    title_folded = coalesce(\(title?.folded), title_folded),
                    title_source = CASE WHEN \(title) IS NULL THEN title_source ELSE 'user' END,
                    model = coalesce(\(model), model),
                    fallback_models =
                        coalesce(\(fallbackModels.map(Self.encoded)), fallback_models),
                    active_message_id = coalesce(\(activeMessageID), active_message_id)
                WHERE id = \(id) AND user_id = \(userID) AND deleted_ms IS NULL
                """) == 1
        }
    }

    private static func encoded(_ ids: [String]) -> String {
        String(decoding: JSONWriter.bytes(of: ids), as: UTF8.self)
    }

    /// The text of a message that begins a conversation whose title was made from it.
    func questionWithoutTitle(_ messageID: String) throws -> String? {
        try database.read { connection in
            try connection.value(
                """
                SELECT messages.text FROM messages
                    JOIN conversations ON conversations.id = messages.conversation_id
                WHERE messages.id = \(messageID) AND parent_id IS NULL AND title_source = 'text'
                    AND deleted_ms IS NULL
                """)
        }
    }

    /// Replaces a title that was made from the text by one that a model made.
    func setModelTitle(_ title: String, of id: String) throws {
        try database.write { connection in
            _ = try connection.execute(
                """
                UPDATE conversations SET
                    title = \(title), title_folded = \(title.folded), title_source = 'model'
                WHERE id = \(id) AND title_source = 'text' AND deleted_ms IS NULL
                """)
        }
    }

    /// Moves a conversation to a new leaf and to the top of the list.
    ///
    /// - Returns: Whether it is there, and shows what is expected.
    func advance(
        _ id: String, from expected: ExpectedLeaf, to messageID: String, model: String,
        fallbackTitle: String, now: Int, in connection: Connection
    ) throws -> Bool {
        let unmoved: Query =
            switch expected {
            case .any: ""
            case .exactly(let leaf): "AND active_message_id IS \(leaf)"
            }
        return try connection.execute(
            """
            UPDATE conversations SET
                active_message_id = \(messageID), model = \(model), updated_ms = \(now),
                title = CASE WHEN title = '' THEN \(fallbackTitle) ELSE title END,
                title_folded = CASE WHEN title = '' THEN \(fallbackTitle.folded)
                    ELSE title_folded END
            WHERE id = \(id) AND deleted_ms IS NULL \(unmoved)
            """) == 1
    }
}

/// What a conversation has to show for a change to be right.
enum ExpectedLeaf: Sendable {
    case any
    case exactly(String?)
}

/// Where a page of conversations ended.
struct ConversationCursor: LosslessStringConvertible, Sendable {
    /// When the last one was changed, or deleted: what the list is ordered by.
    let timeMs: Int
    let id: String

    init(after conversation: Conversation) {
        timeMs = conversation.deletedMs ?? conversation.updatedMs
        id = conversation.id
    }

    init?(_ description: String) {
        let parts = description.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let timeMs = Int(parts[0]) else { return nil }
        self.timeMs = timeMs
        id = String(parts[1])
    }

    var description: String { "\(timeMs).\(id)" }
}
