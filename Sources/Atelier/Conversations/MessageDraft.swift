import Web

/// What a client sends to a conversation: a new message, or the wish for another answer.
struct MessageDraft: Sendable {
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

    /// - Throws: ``Problem`` `invalid_body`, naming the field.
    init(_ body: JSONBody) throws(Problem) {
        model = try body.text(ifAny: "model").map(TextField.model.identifier)
        let replyTo = try Self.id("reply_to", in: body)
        let goOn = try Self.id("continue", in: body)
        let text = try body.text(ifAny: "text")
        switch (text, replyTo, goOn) {
        case (nil, let id?, nil): wish = .answerAgain(userMessageID: id)
        case (nil, nil, let id?): wish = .goOn(answerID: id)
        case (let text?, nil, nil):
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw Problem.invalidBody("text", "must not be empty")
            }
            wish = .say(
                text: try TextField.messageText.checked(text),
                parent: try Self.parent(in: body))
        case (nil, nil, nil): throw Problem.invalidBody("text", "is missing")
        default:
            throw Problem.invalidBody(
                replyTo == nil ? "continue" : "reply_to", "must stand alone, without other wishes")
        }
    }

    private static func parent(in body: JSONBody) throws(Problem) -> Parent? {
        guard body.contains("parent_id") else { return nil }
        return try id("parent_id", in: body).map { .message($0) } ?? .beginning
    }

    private static func id(_ name: String, in body: JSONBody) throws(Problem) -> String? {
        try body.text(ifAny: name).map(TextField.id(name).identifier)
    }
}
