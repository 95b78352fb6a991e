import SQL

/// What a person said, or what a model answered.
struct Message: Sendable, Encodable {
    enum Role: String, SQLConvertible, Sendable, Encodable {
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

    enum CodingKeys: String, CodingKey {
        case id, role, text, reasoning, generation
        case conversationID = "conversation_id"
        case parentID = "parent_id"
        case createdMs = "created_ms"
        case siblingIDs = "sibling_ids"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(conversationID, forKey: .conversationID)
        try container.encode(parentID, forKey: .parentID)
        try container.encode(role, forKey: .role)
        try container.encode(text, forKey: .text)
        try container.encode(reasoning, forKey: .reasoning)
        try container.encode(createdMs, forKey: .createdMs)
        try container.encode(siblingIDs, forKey: .siblingIDs)
        try container.encode(generation, forKey: .generation)
    }
}
