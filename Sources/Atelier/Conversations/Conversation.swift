import SQL
import Web

/// A tree of messages with a title; one branch of it is shown.
struct Conversation: Sendable, Encodable {
    /// Where a title comes from; a person's own is never replaced.
    enum TitleSource: String, SQLConvertible, Sendable, Encodable {
        /// The beginning of the first message.
        case text
        case model
        case user
    }

    let id: String
    var title: String
    var titleSource: TitleSource
    /// The model last asked for.
    var model: String?
    /// Asked in its place, in this order, where nothing comes of a call.
    var fallbackModels: [String] = []
    /// The leaf of the branch that is shown; `nil` while there is no message.
    var activeMessageID: String?
    let createdMs: Int
    var updatedMs: Int
    /// Whether an answer is being written.
    var isRunning: Bool
    /// When it was deleted; it can be brought back for ``ConversationStore/keptDeletedMs``.
    var deletedMs: Int?

    enum CodingKeys: String, CodingKey {
        case id, title, model
        case titleSource = "title_source"
        case activeMessageID = "active_message_id"
        case createdMs = "created_ms"
        case updatedMs = "updated_ms"
        case isRunning = "running"
        case fallbackModels = "fallback_models"
        case deletedMs = "deleted_ms"
    }

    static let columns: Query = """
        conversations.id, title, title_source, model, active_message_id, conversations.created_ms,
        updated_ms, EXISTS (SELECT 1 FROM generations
            WHERE generations.conversation_id = conversations.id AND state IN ('queued', 'running')),
        fallback_models, deleted_ms
        """

    init(id: String, title: String?, model: String?, now: Int) {
        self.id = id
        self.title = title ?? ""
        titleSource = title == nil ? .text : .user
        self.model = model
        createdMs = now
        updatedMs = now
        isRunning = false
    }

    /// Reads ``columns``.
    init(_ row: borrowing Row) throws {
        id = try row[0]
        title = try row[1]
        titleSource = try row[2]
        model = try row[3]
        activeMessageID = try row[4]
        createdMs = try row[5]
        updatedMs = try row[6]
        isRunning = try row[7]
        let fallbacks: String = try row[8]
        if fallbacks != "[]" {
            fallbackModels = try JSON.decode([String].self, from: Array(fallbacks.utf8))
        }
        deletedMs = try row[9]
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(titleSource, forKey: .titleSource)
        try container.encode(model, forKey: .model)
        try container.encode(activeMessageID, forKey: .activeMessageID)
        try container.encode(createdMs, forKey: .createdMs)
        try container.encode(updatedMs, forKey: .updatedMs)
        try container.encode(isRunning, forKey: .isRunning)
        try container.encode(fallbackModels, forKey: .fallbackModels)
        try container.encodeIfPresent(deletedMs, forKey: .deletedMs)
    }
}
