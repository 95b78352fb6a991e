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

    /// The longest message, in bytes of UTF-8.
    static let textLimit = 400_000

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
        if let id = try container.decodeIfPresent(String.self, forKey: .replyTo) {
            wish = .answerAgain(userMessageID: id)
            return
        }
        if let id = try container.decodeIfPresent(String.self, forKey: .goOn) {
            wish = .goOn(answerID: id)
            return
        }
        let text = try container.decode(String.self, forKey: .text)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Problem.invalidBody("text", "must not be empty")
        }
        guard text.utf8.count <= Self.textLimit else {
            throw Problem.invalidBody(
                "text", "may hold \(Self.textLimit) bytes. Shorten it, or send it in parts")
        }
        var parent: Parent?
        if container.contains(.parentID) {
            let id = try container.decode(String?.self, forKey: .parentID)
            parent = id.map { .message($0) } ?? .beginning
        }
        wish = .say(text: text, parent: parent)
    }
}
