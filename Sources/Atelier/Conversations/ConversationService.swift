import HTTPTypes
import Providers
import SQL
import Web

/// Conversations, their messages, and the sending of a message.
struct ConversationService: Sendable {
    let conversations: ConversationStore
    let messages: MessageStore
    private let generations: GenerationService
    private let models: ModelService

    private static let fallbackLimit = 5

    init(
        conversations: ConversationStore, messages: MessageStore, generations: GenerationService,
        models: ModelService
    ) {
        self.conversations = conversations
        self.messages = messages
        self.generations = generations
        self.models = models
    }

    // MARK: Conversations

    func create(
        title: String?, model: String?, fallbackModels: [String]?, by user: User
    ) throws -> Conversation {
        var conversation = Conversation(
            id: UUIDv7.text(), title: try title.map(TextField.title.line),
            model: try model.map(TextField.model.identifier), now: UnixTime.milliseconds)
        conversation.fallbackModels = try fallbackModels.map(checkedFallbacks) ?? []
        try conversations.add(conversation, of: user.id)
        return conversation
    }

    /// A page of a person's conversations, the last changed first.
    func list(
        of user: User, titlePart: String?, before cursor: ConversationCursor?, limit: Int
    ) throws -> Page<Conversation> {
        let found = try conversations.conversations(
            of: user.id, titlePart: titlePart, before: cursor, limit: limit + 1)
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

    /// Deletes a conversation, which can be brought back for a while.
    func remove(_ id: String, of user: User) throws {
        guard try conversations.remove(id, of: user.id, now: UnixTime.milliseconds) else {
            throw Problem.notFound("conversation")
        }
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

    // MARK: Sending

    /// What came of a sending.
    enum Sending {
        /// It was stored, and has to be run by this thread.
        ///
        /// `wantsTitle`: the conversation has begun with it, and its title is made from its text.
        case begun(GenerationRun, wantsTitle: Bool)
        /// It had been sent before with the same key; it runs, or has run, elsewhere.
        case repeated(Generation)
    }

    /// Stores a message and the generation of its answer; the provider has not been asked yet.
    func send(
        _ draft: MessageDraft, to conversationID: String, of user: User, key: IdempotencyKey?
    ) throws -> Sending {
        if let earlier = try earlier(key, of: user) { return .repeated(earlier) }
        let conversation = try conversation(conversationID, of: user)
        let model = try models.choose(draft.model ?? conversation.model)
        let place = try place(of: draft.wish, in: conversation)
        let now = UnixTime.milliseconds
        let answer = Message(
            id: UUIDv7.text(), conversationID: conversationID, parentID: place.userMessageID,
            role: .assistant, text: "", reasoning: nil, createdMs: now)
        let plan = GenerationPlan(
            generation: Generation(
                id: UUIDv7.text(), conversationID: conversationID, messageID: answer.id,
                userMessageID: place.userMessageID, model: model, now: now),
            call: try call(for: place, to: model, of: user),
            alternatives: try models.alternatives(conversation.fallbackModels, to: model)
                .map { try call(for: place, to: $0, of: user) },
            begunText: place.begunText)
        do {
            let run = try generations.begin(plan, of: user.id, key: key) { connection in
                if let message = place.newMessage { try messages.add(message, in: connection) }
                try messages.add(answer, in: connection)
                let isThere = try conversations.advance(
                    conversationID, to: answer.id, model: model.id,
                    fallbackTitle: place.newMessage.map { Title.beginning(of: $0.text) } ?? "",
                    now: now, in: connection)
                guard isThere else { throw Problem.notFound("conversation") }
            }
            return .begun(
                run, wantsTitle: place.historyLeaf == nil && conversation.titleSource == .text)
        } catch let error as SQLError where error.kind == .constraint(.unique) {
            // The same sending at the same time, and the other one was first.
            guard let earlier = try earlier(key, of: user) else { throw error }
            return .repeated(earlier)
        }
    }

    private func earlier(_ key: IdempotencyKey?, of user: User) throws -> Generation? {
        guard let key else { return nil }
        let found = try conversations.database.read { connection in
            try generations.store.generation(forKey: key.text, of: user.id, in: connection)
        }
        guard let found else { return nil }
        guard found.digest == key.digest else { throw IdempotencyKey.reusedForSomethingElse }
        return found.generation
    }

    /// Where in the tree an answer goes, and what has to be stored before it.
    private struct Place {
        let userMessageID: String
        /// `nil` when the message has been said before.
        var newMessage: Message?
        /// The leaf of what was said before the new message.
        let historyLeaf: String?
        /// What the answer begins with.
        var begunText: String?
    }

    private func place(
        of wish: MessageDraft.Wish, in conversation: Conversation
    ) throws -> Place {
        switch wish {
        case .answerAgain(let id):
            try requireMessage(id, .user, in: conversation)
            return Place(userMessageID: id, historyLeaf: id)
        case .goOn(let id):
            let begun = try conversations.database.read { connection in
                try messages.answer(id, of: conversation.id, in: connection)
            }
            guard let begun else { throw Problem.notFound("message") }
            guard !begun.text.isEmpty else {
                throw Problem(
                    .unprocessableContent, "nothing_to_continue",
                    "This answer has no text to go on from. Ask for another answer instead.")
            }
            return Place(
                userMessageID: begun.userMessageID, historyLeaf: begun.userMessageID,
                begunText: begun.text)
        case .say(let text, let parent):
            let parentID: String?
            switch parent {
            case .beginning: parentID = nil
            case .message(let id):
                try requireMessage(id, .assistant, in: conversation)
                parentID = id
            case nil: parentID = conversation.activeMessageID
            }
            let message = Message(
                id: UUIDv7.text(), conversationID: conversation.id, parentID: parentID, role: .user,
                text: text, reasoning: nil, createdMs: UnixTime.milliseconds)
            return Place(userMessageID: message.id, newMessage: message, historyLeaf: parentID)
        }
    }

    private func requireMessage(
        _ id: String, _ role: Message.Role, in conversation: Conversation
    ) throws {
        let found = try conversations.database.read { connection in
            try messages.message(id, of: conversation.id, in: connection)
        }
        guard let found, found.role == role else { throw Problem.notFound("message") }
    }

    /// What to ask a model: as much of what was said before as it can read. A begun answer comes last,
    /// for the model to go on from.
    private func call(
        for place: Place, to model: ModelChoice, of user: User
    ) throws -> ChatCall {
        let newest =
            place.newMessage.map { ChatMessage(.user, $0.text) }
            ?? place.begunText.map { ChatMessage(.assistant, $0) }
        let newestBytes = (place.newMessage?.text ?? place.begunText ?? "").utf8.count
        let limit = max(0, model.promptByteLimit - newestBytes)
        let history =
            try place.historyLeaf.map { try messages.history(endingIn: $0, byteLimit: limit) } ?? []
        let said = history.map { ChatMessage($0.role == .user ? .user : .assistant, $0.text) }
        return ChatCall(
            request: ChatRequest(
                model: model.upstreamID, messages: said + (newest.map { [$0] } ?? []),
                maxTokens: model.answerTokenLimit, user: models.pseudonym(of: user)),
            model: model)
    }
}

extension MessageStore: GenerationContentStore {
    func store(
        text: String, reasoning: String?, of generation: Generation, in connection: Connection
    ) throws {
        try setContent(of: generation.messageID, text: text, reasoning: reasoning, in: connection)
    }
}
