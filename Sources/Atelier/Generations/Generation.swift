import HTTPTypes
import JSON
import SQL
import Web

/// One thing that a model makes, from the request to its cost.
struct Generation: Sendable {
    enum State: String, SQLConvertible, Sendable, JSONWritable {
        case queued, running, completed, failed, stopped, interrupted

        var isFinal: Bool { self != .queued && self != .running }
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
    /// What its calls used and cost.
    var usage = Spending()
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
        usage = Spending(
            promptTokens: try row[first + 12], completionTokens: try row[first + 13],
            reasoningTokens: try row[first + 14], cachedTokens: try row[first + 15],
            costNanoUSD: try row[first + 16], isEstimated: try row[first + 17])
        finishReason = try row[first + 18]
        errorCode = try row[first + 19]
        errorDetail = try row[first + 20]
        upstreamID = try row[first + 21]
        requestedModel = try row[first + 22]
        errorReason = try row[first + 23, as: String?.self]
            .flatMap { JSONValue(Array($0.utf8)).map(Problem.Reason.init) }
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

extension Generation: JSONObject {
    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("conversation_id", conversationID)
        json.member("message_id", messageID)
        json.member("user_message_id", userMessageID)
        json.member("state", state)
        json.member("model", model)
        json.member("model_name", modelName)
        json.member("provider", provider)
        json.member("requested_model", requestedModel)
        json.member("created_ms", createdMs)
        json.member("started_ms", createdMs)
        json.member("first_token_ms", firstTokenMs)
        json.member("reasoning_duration_ms", reasoningMs)
        json.member("finished_ms", finishedMs)
        json.member("finish_reason", finishReason)
        json.member("error", problem?.document(requestID: nil))
        usage.writeMembers(to: &json)
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

extension Spending: JSONObject {
    func writeMembers(to json: inout JSONWriter) {
        json.member("prompt_tokens", promptTokens)
        json.member("completion_tokens", completionTokens)
        json.member("reasoning_tokens", reasoningTokens)
        json.member("cached_tokens", cachedTokens)
        json.member("cost_nano_usd", costNanoUSD)
        json.member("cost_estimated", isEstimated)
    }
}
