import JSON
import SQL

/// What a person said, or what a model answered.
struct Message: Sendable, JSONObject {
    enum Role: String, SQLConvertible, Sendable, JSONWritable {
        case user, assistant
    }

    let id: String
    let conversationID: String
    /// What it follows; `nil` for the first of a conversation.
    let parentID: String?
    let role: Role
    let text: String
    let reasoning: String?
    let createdMs: Int
    /// All messages that follow the same one, in the order they were made, this one among them.
    var siblingIDs: [String] = []
    /// How an answer came about; `nil` for a person's message.
    var generation: Generation?

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("conversation_id", conversationID)
        json.member("parent_id", parentID)
        json.member("role", role)
        json.member("text", text)
        json.member("reasoning", reasoning)
        json.member("created_ms", createdMs)
        json.member("sibling_ids", siblingIDs)
        json.member("generation", generation)
    }
}
