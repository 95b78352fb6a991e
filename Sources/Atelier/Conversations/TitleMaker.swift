import Logging
import Providers

/// Replaces the first title of a conversation, which is the beginning of its text, by a better one
/// that a cheap model makes.
struct TitleMaker: Sendable {
    private static let instruction = """
        Give this conversation a title of two to six words, in its own language. Answer with the title \
        alone, without quotation marks.
        """
    /// How much of each side is read, in characters.
    private static let excerptLength = 1_000
    /// Longer than a title needs; some models reason first.
    private static let answerTokens = 200

    let conversations: ConversationStore
    let models: ModelService
    let generations: GenerationService
    let logger: Logger

    /// Makes the title after the first answer of a conversation. A failure leaves the title as it is.
    func improveTitle(after generation: Generation, answer: String, for user: User) {
        guard generation.state == .completed, !answer.isEmpty else { return }
        do {
            guard let question = try conversations.questionWithoutTitle(generation.userMessageID),
                let model = models.titleModel(for: generation.model),
                let title = try ask(
                    model, question: question, answer: answer, for: user,
                    about: generation.conversationID)
            else { return }
            try conversations.setModelTitle(title, of: generation.conversationID)
        } catch {
            logger.warning(
                "no title was stored",
                metadata: ["conversation": "\(generation.conversationID)", "cause": "\(error)"])
        }
    }

    private static func excerpt(of text: String) -> Substring {
        text.cut(characters: excerptLength, bytes: excerptLength * 4)
    }

    private func ask(
        _ model: ModelChoice, question: String, answer: String, for user: User,
        about conversationID: String
    ) throws -> String? {
        let excerpt =
            "Question: \(Self.excerpt(of: question))\n\nAnswer: \(Self.excerpt(of: answer))"
        let request = ChatRequest(
            model: model.upstreamID,
            messages: [ChatMessage(.system, Self.instruction), ChatMessage(.user, excerpt)],
            maxTokens: Self.answerTokens, temperature: 0.3)
        var model = model
        model.endpoint.timeouts.total = .seconds(30)
        let call = ChatCall(request: request, model: model)
        let outcome = try generations.askAside(
            call, for: .title, of: user.id, about: conversationID)
        return outcome.flatMap { Title.cleaned($0.text) }
    }
}

extension Feature {
    fileprivate static let title = Feature(rawValue: "title")
}
