import JSON
import SQL
import Web

/// Generations as rows.
struct GenerationStore: Sendable {
    let database: Database

    func add(
        _ generation: Generation, of userID: String, key: IdempotencyKey?, in connection: Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO generations
                (id, user_id, conversation_id, message_id, user_message_id, state, model, model_name,
                 provider, created_ms, idempotency_key, request_digest)
            VALUES (\(generation.id), \(userID), \(generation.conversationID),
                \(generation.messageID), \(generation.userMessageID), \(generation.state),
                \(generation.model), \(generation.modelName), \(generation.provider),
                \(generation.createdMs), \(key?.text), \(key?.digest))
            """)
    }

    /// Writes how a generation ended; once only, whoever comes first.
    ///
    /// - Returns: Whether it was still open.
    func finish(_ generation: Generation, in connection: Connection) throws -> Bool {
        try connection.execute(
            """
            UPDATE generations SET
                state = \(generation.state), upstream_id = \(generation.upstreamID),
                first_token_ms = \(generation.firstTokenMs), reasoning_ms = \(generation.reasoningMs),
                finished_ms = \(generation.finishedMs),
                prompt_tokens = \(generation.usage.promptTokens),
                completion_tokens = \(generation.usage.completionTokens),
                reasoning_tokens = \(generation.usage.reasoningTokens),
                cached_tokens = \(generation.usage.cachedTokens),
                cost_nano_usd = \(generation.usage.costNanoUSD),
                cost_estimated = \(generation.usage.isEstimated),
                finish_reason = \(generation.finishReason),
                error_code = \(generation.errorCode), error_detail = \(generation.errorDetail),
                error_reason = \(generation.errorReason.map(Self.text))
            WHERE id = \(generation.id) AND state IN ('queued', 'running')
            """) == 1
    }

    private static func text(_ reason: Problem.Reason) -> String {
        String(decoding: JSONWriter.bytes(of: reason), as: UTF8.self)
    }

    /// Writes who answers now, after a fallback.
    func setModel(_ generation: Generation, in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE generations SET
                model = \(generation.model), model_name = \(generation.modelName),
                provider = \(generation.provider), requested_model = \(generation.requestedModel)
            WHERE id = \(generation.id)
            """)
    }

    /// Corrects what an ended generation used and cost, once the provider has told.
    func setUsage(
        _ usage: Spending, of id: String, in connection: Connection
    ) throws {
        try connection.execute(
            """
            UPDATE generations SET
                prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens),
                cost_nano_usd = \(usage.costNanoUSD), cost_estimated = \(usage.isEstimated)
            WHERE id = \(id)
            """)
    }

    /// A generation that a person may see.
    func generation(_ id: String, of userID: String) throws -> Generation? {
        try database.read { connection in
            try connection.first(
                """
                SELECT \(Generation.columns) FROM generations
                    JOIN conversations ON conversations.id = generations.conversation_id
                WHERE generations.id = \(id) AND generations.user_id = \(userID)
                    AND deleted_ms IS NULL
                """
            ) { try Generation($0) }
        }
    }

    /// Whether a message is still being written.
    func isRunning(messageID: String) throws -> Bool {
        try database.read { connection in
            try connection.value(
                """
                SELECT id FROM generations
                WHERE message_id = \(messageID) AND state IN ('queued', 'running')
                """, as: String.self) != nil
        }
    }

    /// Whether anything is being written in a conversation.
    func isRunning(conversationID: String) throws -> Bool {
        try database.read { connection in
            try connection.value(
                """
                SELECT id FROM generations
                WHERE conversation_id = \(conversationID) AND state IN ('queued', 'running')
                """, as: String.self) != nil
        }
    }

    /// The ids of all that have not ended.
    func running() throws -> [String] {
        try database.read { connection in
            try connection.all("SELECT id FROM generations WHERE state IN ('queued', 'running')") {
                try $0[0]
            }
        }
    }

    /// A generation with what it made so far was stored.
    func generationWithContent(
        _ id: String
    ) throws -> (generation: Generation, text: String, reasoning: String?)? {
        try database.read { connection in
            try connection.first(
                """
                SELECT messages.text, messages.reasoning, \(Generation.columns)
                FROM generations JOIN messages ON messages.id = generations.message_id
                WHERE generations.id = \(id)
                """
            ) { (try Generation($0, from: 2), try $0[0], try $0[1]) }
        }
    }

    /// The generation a key was used for before, and what it was used for.
    func generation(
        forKey key: String, of userID: String, in connection: Connection
    ) throws -> (generation: Generation, digest: [UInt8])? {
        try connection.first(
            """
            SELECT request_digest, \(Generation.columns) FROM generations
            WHERE user_id = \(userID) AND idempotency_key = \(key)
            """
        ) { (try Generation($0, from: 1), try $0[0]) }
    }
}
