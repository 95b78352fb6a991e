import JSON
import SQL
import Web

/// A tree of messages with a title; one branch of it is shown.
struct Conversation: Sendable, JSONObject {
    /// Where a title comes from; a person's own is never replaced.
    enum TitleSource: String, SQLConvertible, Sendable, JSONWritable {
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
            fallbackModels =
                JSONValue(Array(fallbacks.utf8))?.elements.compactMap(\.text) ?? []
        }
        deletedMs = try row[9]
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("title", title)
        json.member("title_source", titleSource)
        json.member("model", model)
        json.member("active_message_id", activeMessageID)
        json.member("created_ms", createdMs)
        json.member("updated_ms", updatedMs)
        json.member("running", isRunning)
        json.member("fallback_models", fallbackModels)
        json.member("deleted_ms", ifAny: deletedMs)
    }
}
