import Web

/// What a client sends to a conversation: a new message, or the wish for another answer.
struct MessageDraft: Decodable, Sendable {
    enum Wish: Sendable {
        /// A person's new message, after a given one; after the active one when `parent` is `nil`.
        case say(text: String, parent: Parent?)
        /// Another answer to a message that was said before.
        case answerAgain(userMessageID: String)
        /// An answer that goes on where a given one ended too early.
        case goOn(answerID: String)
    }

    /// What a message follows.
    enum Parent: Sendable {
        case beginning
        case message(String)
    }

    let wish: Wish
    let model: String?

    private enum CodingKeys: String, CodingKey {
        case text, model
        case parentID = "parent_id"
        case replyTo = "reply_to"
        case goOn = "continue"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decodeIfPresent(String.self, forKey: .model)
            .map(TextField.model.identifier)
        let replyTo = try Self.id(.replyTo, in: container)
        let goOn = try Self.id(.goOn, in: container)
        let text = try container.decodeIfPresent(String.self, forKey: .text)
        switch (text, replyTo, goOn) {
        case (nil, let id?, nil): wish = .answerAgain(userMessageID: id)
        case (nil, nil, let id?): wish = .goOn(answerID: id)
        case (let text?, nil, nil):
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw Problem.invalidBody("text", "must not be empty")
            }
            wish = .say(
                text: try TextField.messageText.checked(text),
                parent: try Self.parent(in: container))
        case (nil, nil, nil): throw Problem.invalidBody("text", "is missing")
        default:
            throw Problem.invalidBody(
                replyTo == nil ? "continue" : "reply_to", "must stand alone, without other wishes")
        }
    }

    private static func parent(in container: KeyedDecodingContainer<CodingKeys>) throws -> Parent? {
        guard container.contains(.parentID) else { return nil }
        return try id(.parentID, in: container).map { .message($0) } ?? .beginning
    }

    private static func id(
        _ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>
    ) throws -> String? {
        try container.decodeIfPresent(String.self, forKey: key)
            .map(TextField.id(key.rawValue).identifier)
    }
}
