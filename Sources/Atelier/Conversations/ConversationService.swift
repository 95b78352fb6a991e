import HTTPTypes
import Providers
import SQL
import Web

/// A person's conversations.
struct ConversationService: Sendable {
    let conversations: ConversationStore
    let messages: MessageStore
    let generations: GenerationService
    let models: ModelService

    private static let fallbackLimit = 5

    // MARK: Conversations

    func create(
        title: String?, model: String?, fallbackModels: [String]?, by user: User
    ) throws -> Conversation {
        try generations.requireRoom()
        var conversation = Conversation(
            id: UUIDv7.text(), title: try title.map(TextField.title.line),
            model: try model.map(TextField.model.identifier), now: UnixTime.milliseconds)
        conversation.fallbackModels = try fallbackModels.map(checkedFallbacks) ?? []
        try conversations.add(conversation, of: user.id)
        return conversation
    }

    /// A page of a person's conversations, the last changed first; or of the deleted ones that can be
    /// brought back, the last deleted first.
    func list(
        of user: User, deleted: Bool, titlePart: String?, before cursor: ConversationCursor?,
        limit: Int
    ) throws -> Page<Conversation> {
        let deletedSince =
            deleted ? UnixTime.milliseconds - ConversationStore.keptDeletedMs : nil
        let found = try conversations.conversations(
            of: user.id, deletedSince: deletedSince, titlePart: titlePart, before: cursor,
            limit: limit + 1)
        let items = Array(found.prefix(limit))
        let next =
            found.count > limit ? items.last.map { ConversationCursor(after: $0).description } : nil
        return Page(items: items, nextCursor: next)
    }

    func conversation(_ id: String, of user: User) throws -> Conversation {
        guard let found = try conversations.conversation(id, of: user.id) else {
            throw Problem.notFound("conversation")
        }
        return found
    }

    /// Changes what is not `nil`; any message may become the active one, and its newest leaf does.
    func change(
        _ id: String, of user: User, title: String?, model: String?, fallbackModels: [String]?,
        activeMessageID: String?
    ) throws -> Conversation {
        let activeMessageID = try activeMessageID.map(TextField.id("active_message_id").identifier)
        let leaf = try activeMessageID.map { messageID in
            try conversations.database.read { connection in
                guard try conversations.conversation(id, of: user.id, in: connection) != nil,
                    try messages.message(messageID, of: id, in: connection) != nil
                else { throw Problem.notFound("message") }
                return try messages.newestLeaf(below: messageID, of: id, in: connection)
            }
        }
        let title = try title.map(TextField.title.line)
        let model = try model.map(TextField.model.identifier)
        let fallbackModels = try fallbackModels.map(checkedFallbacks)
        guard
            try conversations.change(
                id, of: user.id, title: title, model: model, fallbackModels: fallbackModels,
                activeMessageID: leaf)
        else { throw Problem.notFound("conversation") }
        return try conversation(id, of: user)
    }

    /// Deletes a conversation, which can be brought back for a while, and stops all that runs for it.
    func remove(_ id: String, of user: User) throws {
        guard try conversations.remove(id, of: user.id, now: UnixTime.milliseconds) else {
            throw Problem.notFound("conversation")
        }
        generations.stopAll(in: id)
    }

    /// Brings a deleted conversation back; leaves one that is there as it is.
    func restore(_ id: String, of user: User) throws -> Conversation {
        try conversations.restore(id, of: user.id)
        return try conversation(id, of: user)
    }

    private func checkedFallbacks(_ ids: [String]) throws -> [String] {
        let checked = try ids.map(TextField.fallbackModel.identifier)
        guard ids.count <= Self.fallbackLimit, Set(ids).count == ids.count else {
            throw Problem.invalidBody(
                "fallback_models",
                "must be a list of at most \(Self.fallbackLimit) different models")
        }
        return checked
    }
}
