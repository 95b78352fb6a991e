import HTTPTypes
import Providers
import SQL
import Web

/// Sending a message.
extension ConversationService {
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
    ///
    /// Without a parent it follows what is shown, also when another one is sent at the same moment, and
    /// its answer waits for the one that is still being written there.
    func send(
        _ draft: MessageDraft, to conversationID: String, of user: User, key: IdempotencyKey?
    ) throws -> Sending {
        while true {
            let conversation = try conversation(conversationID, of: user)
            if let earlier = try earlier(key, of: user) { return .repeated(earlier) }
            do {
                return try send(draft, to: conversation, of: user, key: key)
            } catch is ConversationMoved {
                continue  // another sending was first: now this one follows it
            } catch let error as SQLError where error.kind == .constraint(.unique) {
                // The same sending at the same time, and the other one was first.
                guard let earlier = try earlier(key, of: user) else { throw error }
                return .repeated(earlier)
            }
        }
    }

    /// Something else is shown than was when the sending was prepared, or nothing any more.
    private struct ConversationMoved: Error {}

    private func send(
        _ draft: MessageDraft, to conversation: Conversation, of user: User, key: IdempotencyKey?
    ) throws -> Sending {
        // Before anything long is read: what is refused costs nothing.
        let admission = try generations.admit(user.id)
        let model = try models.choose(draft.model ?? conversation.model)
        let asked = [model] + models.alternatives(conversation.fallbackModels, to: model)
        let place = try place(of: draft.wish, in: conversation)
        // Before the history is read: an answer that ends in between is in it.
        let turn = try turn(of: place, in: conversation) { [self] in
            try self.calls(for: place, to: asked, of: user)
        }
        var calls = try calls(for: place, to: asked, of: user)
        if turn != nil {
            for index in calls.indices {
                calls[index].awaitedTokens = asked[index].answerTokenLimit
            }
        }
        let now = UnixTime.milliseconds
        let answer = Message(
            id: UUIDv7.text(), conversationID: conversation.id, parentID: place.userMessageID,
            role: .assistant, text: "", reasoning: nil, createdMs: now)
        let plan = GenerationPlan(
            generation: Generation(
                id: UUIDv7.text(), conversationID: conversation.id, messageID: answer.id,
                userMessageID: place.userMessageID, model: model, now: now), feature: .chat,
            call: calls[0], alternatives: Array(calls.dropFirst()), begunText: place.begunText,
            turn: turn)
        let run = try generations.begin(plan, of: user.id, in: admission, key: key) {
            connection in
            if let message = place.newMessage { try messages.add(message, in: connection) }
            try messages.add(answer, in: connection)
            let isThere = try conversations.advance(
                conversation.id, from: place.expectedLeaf, to: answer.id, model: model.id,
                fallbackTitle: place.newMessage.map { Title.beginning(of: $0.text) } ?? "",
                now: now, in: connection)
            guard isThere else { throw ConversationMoved() }
        }
        return .begun(
            run, wantsTitle: place.historyLeaf == nil && conversation.titleSource == .text)
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

    // MARK: The place in the tree

    /// Where in the tree an answer goes, and what has to be stored before it.
    private struct Place {
        let userMessageID: String
        /// `nil` when the message has been said before.
        var newMessage: Message?
        /// The leaf of what was said before the new message.
        let historyLeaf: String?
        /// The answer that it follows.
        let precedingAnswerID: String?
        /// What has to be shown for this to be the place.
        var expectedLeaf = ExpectedLeaf.any
        /// What the answer begins with.
        var begunText: String?
    }

    private func place(
        of wish: MessageDraft.Wish, in conversation: Conversation
    ) throws -> Place {
        switch wish {
        case .answerAgain(let id):
            let parentID = try parent(of: id, .user, in: conversation)
            return Place(userMessageID: id, historyLeaf: id, precedingAnswerID: parentID)
        case .goOn(let id):
            return try placeToGoOn(from: id, in: conversation)
        case .say(let text, .message(let id)?):
            _ = try parent(of: id, .assistant, in: conversation)
            return place(of: text, after: id, in: conversation)
        case .say(let text, .beginning?):
            return place(of: text, after: nil, in: conversation)
        case .say(let text, nil):
            let leaf = conversation.activeMessageID
            var place = place(of: text, after: leaf, in: conversation)
            place.expectedLeaf = .exactly(leaf)
            return place
        }
    }

    private func place(
        of text: String, after parentID: String?, in conversation: Conversation
    ) -> Place {
        let message = Message(
            id: UUIDv7.text(), conversationID: conversation.id, parentID: parentID, role: .user,
            text: text, reasoning: nil, createdMs: UnixTime.milliseconds)
        return Place(
            userMessageID: message.id, newMessage: message, historyLeaf: parentID,
            precedingAnswerID: parentID)
    }

    private func placeToGoOn(from id: String, in conversation: Conversation) throws -> Place {
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
            precedingAnswerID: nil, begunText: begun.text)
    }

    /// What a message of that role follows.
    ///
    /// - Throws: ``Problem/notFound(_:)`` when there is no such message.
    private func parent(
        of id: String, _ role: Message.Role, in conversation: Conversation
    ) throws -> String? {
        let found = try conversations.database.read { connection in
            try messages.message(id, of: conversation.id, in: connection)
        }
        guard let found, found.role == role else { throw Problem.notFound("message") }
        return found.parentID
    }

    // MARK: What is asked

    /// - Returns: `nil` when the answer that is followed has been written already.
    private func turn(
        of place: Place, in conversation: Conversation,
        calls: @escaping @Sendable () throws -> [ChatCall]
    ) throws -> GenerationPlan.Turn? {
        guard conversation.isRunning, let id = place.precedingAnswerID,
            try generations.store.isRunning(messageID: id)
        else { return nil }
        return GenerationPlan.Turn { [store = generations.store] in
            try store.isRunning(messageID: id) ? nil : try calls()
        }
    }

    /// What to ask each model: as much of what was said before as it can read. A begun answer comes
    /// last, for the model to go on from.
    private func calls(
        for place: Place, to models: [ModelChoice], of user: User
    ) throws -> [ChatCall] {
        let newest =
            place.newMessage.map { ChatMessage(.user, $0.text) }
            ?? place.begunText.map { ChatMessage(.assistant, $0) }
        let newestBytes = (place.newMessage?.text ?? place.begunText ?? "").utf8.count
        let room = models.map { max(0, $0.promptByteLimit - newestBytes) }
        let history = try place.historyLeaf.map { leaf in
            try messages.history(endingIn: leaf, byteLimit: room.max() ?? 0)
        }
        let pseudonym = self.models.pseudonym(of: user)
        return zip(models, room).map { model, room in
            let said = MessageStore.newest(of: history ?? [], byteLimit: room).map {
                ChatMessage($0.role == .user ? .user : .assistant, $0.text)
            }
            return ChatCall(
                request: ChatRequest(
                    model: model.upstreamID, messages: said + (newest.map { [$0] } ?? []),
                    maxTokens: model.answerTokenLimit, user: pseudonym),
                model: model)
        }
    }
}

extension Feature {
    /// An answer in a conversation.
    fileprivate static let chat = Feature(rawValue: "chat")
}
