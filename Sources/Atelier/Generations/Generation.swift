import HTTPTypes
import SQL
import Web

/// One thing that a model makes, from the request to its cost.
struct Generation: Sendable {
    enum State: String, SQLConvertible, Sendable, Encodable {
        case queued, running, completed, failed, stopped, interrupted

        var isFinal: Bool { self != .queued && self != .running }
    }

    /// What a generation used, and what that cost.
    struct Usage: Sendable, Equatable {
        var promptTokens: Int?
        var completionTokens: Int?
        var reasoningTokens: Int?
        var cachedTokens: Int?
        var costNanoUSD: Int?
        /// Whether the cost was computed here, because the provider did not say.
        var costIsEstimated = false
    }

    let id: String
    let conversationID: String
    let messageID: String
    let userMessageID: String
    var state: State
    /// Who answers; another one than was chosen once a fallback has taken over.
    private(set) var model: String
    private(set) var modelName: String
    private(set) var provider: String
    /// The model that was chosen, where a fallback answers in its place.
    private(set) var requestedModel: String?
    let createdMs: Int
    var firstTokenMs: Int?
    /// How long the model reasoned before it answered.
    var reasoningMs: Int?
    var finishedMs: Int?
    var usage = Usage()
    /// The provider's word for why it ended: `stop`, `length`, `content_filter`, …
    var finishReason: String?
    var errorCode: String?
    var errorDetail: String?
    /// What the provider said of it.
    var errorReason: Problem.Reason?
    /// The provider's own id of the call; what its accounting is asked by.
    var upstreamID: String?

    static let columns: Query = """
        generations.id, generations.conversation_id, generations.message_id,
        generations.user_message_id, generations.state, generations.model, generations.model_name,
        generations.provider, generations.created_ms, generations.first_token_ms,
        generations.reasoning_ms, generations.finished_ms, generations.prompt_tokens,
        generations.completion_tokens, generations.reasoning_tokens, generations.cached_tokens,
        generations.cost_nano_usd, generations.cost_estimated, generations.finish_reason,
        generations.error_code, generations.error_detail, generations.upstream_id,
        generations.requested_model, generations.error_reason
        """

    init(
        id: String, conversationID: String, messageID: String, userMessageID: String,
        model: ModelChoice, now: Int
    ) {
        self.id = id
        self.conversationID = conversationID
        self.messageID = messageID
        self.userMessageID = userMessageID
        state = .running
        self.model = model.id
        modelName = model.name
        provider = model.provider
        createdMs = now
    }

    /// Reads ``columns`` of a joined row that may have none.
    init?(optional row: borrowing Row, from first: Int) throws {
        guard try row[first, as: String?.self] != nil else { return nil }
        try self.init(row, from: first)
    }

    /// Reads ``columns``, from a position on.
    init(_ row: borrowing Row, from first: Int = 0) throws {
        id = try row[first]
        conversationID = try row[first + 1]
        messageID = try row[first + 2]
        userMessageID = try row[first + 3]
        state = try row[first + 4]
        model = try row[first + 5]
        modelName = try row[first + 6]
        provider = try row[first + 7]
        createdMs = try row[first + 8]
        firstTokenMs = try row[first + 9]
        reasoningMs = try row[first + 10]
        finishedMs = try row[first + 11]
        usage = Usage(
            promptTokens: try row[first + 12], completionTokens: try row[first + 13],
            reasoningTokens: try row[first + 14], cachedTokens: try row[first + 15],
            costNanoUSD: try row[first + 16], costIsEstimated: try row[first + 17])
        finishReason = try row[first + 18]
        errorCode = try row[first + 19]
        errorDetail = try row[first + 20]
        upstreamID = try row[first + 21]
        requestedModel = try row[first + 22]
        errorReason = try row[first + 23, as: String?.self].flatMap {
            try? JSON.decode(Problem.Reason.self, from: Array($0.utf8))
        }
    }

    /// Lets another model answer than the one before.
    mutating func fallBack(to choice: ModelChoice) {
        requestedModel = requestedModel ?? model
        model = choice.id
        modelName = choice.name
        provider = choice.provider
        upstreamID = nil
    }
}

// MARK: - As JSON

extension Generation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, state, model, provider, error
        case conversationID = "conversation_id"
        case messageID = "message_id"
        case userMessageID = "user_message_id"
        case modelName = "model_name"
        case requestedModel = "requested_model"
        case createdMs = "created_ms"
        case startedMs = "started_ms"
        case firstTokenMs = "first_token_ms"
        case reasoningMs = "reasoning_duration_ms"
        case finishedMs = "finished_ms"
        case finishReason = "finish_reason"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(conversationID, forKey: .conversationID)
        try container.encode(messageID, forKey: .messageID)
        try container.encode(userMessageID, forKey: .userMessageID)
        try container.encode(state, forKey: .state)
        try container.encode(model, forKey: .model)
        try container.encode(modelName, forKey: .modelName)
        try container.encode(provider, forKey: .provider)
        try container.encode(requestedModel, forKey: .requestedModel)
        try container.encode(createdMs, forKey: .createdMs)
        try container.encode(createdMs, forKey: .startedMs)
        try container.encode(firstTokenMs, forKey: .firstTokenMs)
        try container.encode(reasoningMs, forKey: .reasoningMs)
        try container.encode(finishedMs, forKey: .finishedMs)
        try container.encode(finishReason, forKey: .finishReason)
        try container.encode(problem?.document(requestID: nil), forKey: .error)
        try usage.encode(to: encoder)
    }

    /// What went wrong, when the generation failed; what is left out of the answer, when it did not.
    var problem: Problem? {
        errorCode.map { code in
            var problem = Problem(
                .badGateway, Problem.Code(rawValue: code), errorDetail ?? "The provider failed.")
            problem.reason = errorReason
            return problem
        }
    }
}

extension Generation.Usage: Encodable {
    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case reasoningTokens = "reasoning_tokens"
        case cachedTokens = "cached_tokens"
        case costNanoUSD = "cost_nano_usd"
        case costIsEstimated = "cost_estimated"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(promptTokens, forKey: .promptTokens)
        try container.encode(completionTokens, forKey: .completionTokens)
        try container.encode(reasoningTokens, forKey: .reasoningTokens)
        try container.encode(cachedTokens, forKey: .cachedTokens)
        try container.encode(costNanoUSD, forKey: .costNanoUSD)
        try container.encode(costIsEstimated, forKey: .costIsEstimated)
    }
}

extension Generation.Usage {
    init(_ spending: Spending) {
        self.init(
            promptTokens: spending.promptTokens, completionTokens: spending.completionTokens,
            reasoningTokens: spending.reasoningTokens, cachedTokens: spending.cachedTokens,
            costNanoUSD: spending.costNanoUSD, costIsEstimated: spending.isEstimated)
    }
}
