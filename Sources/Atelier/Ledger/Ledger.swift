import SQL

/// The record of everything that was spent. An entry is never removed.
///
/// Its writes are part of the transactions that they account for.
struct Ledger: Sendable {
    let database: Database

    /// Sets money aside for a call that is about to be made.
    func reserve(_ entry: LedgerEntry, of userID: String, in connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO ledger
                (generation_id, user_id, model, provider, state, reserved_nano_usd, created_ms)
            VALUES (\(entry.generationID), \(userID), \(entry.model), \(entry.provider),
                'reserved', \(entry.reservedNanoUSD), \(entry.createdMs))
            """)
    }

    /// Notes that another model is asked than the one before.
    func setModel(_ model: ModelChoice, of id: String, in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE ledger SET model = \(model.id), provider = \(model.provider)
            WHERE generation_id = \(id)
            """)
    }

    /// Books how a call ended; once only, whoever comes first.
    ///
    /// - Parameter upstreamID: The provider's own id of the call.
    func close(
        _ id: String, _ usage: Generation.Usage, upstreamID: String?,
        by closing: LedgerEntry.Closing, in connection: Connection
    ) throws {
        let state: LedgerEntry.State =
            switch closing {
            case .release: .released
            case .settle: .settled
            case .inquire: .reserved
            }
        let now = UnixTime.milliseconds
        let isClosed = closing != .inquire
        try connection.execute(
            """
            UPDATE ledger SET
                state = \(state),
                reported_nano_usd = \(usage.costIsEstimated ? nil : usage.costNanoUSD),
                listed_nano_usd = \(usage.listedNanoUSD), cost_nano_usd = \(usage.costNanoUSD),
                prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens),
                upstream_id = \(upstreamID),
                inquiry_ms = \(isClosed ? nil : now + CostInquiry.firstPauseMs),
                settled_ms = \(isClosed ? now : nil)
            WHERE generation_id = \(id) AND state = 'reserved' AND inquiry_ms IS NULL
            """)
    }

    /// The generations whose call has not ended as far as is known.
    func open() throws -> [String] {
        try database.read { connection in
            try connection.all(
                """
                SELECT generation_id FROM ledger WHERE state = 'reserved' AND inquiry_ms IS NULL
                """
            ) { try $0[0] }
        }
    }

    /// Whether a call for that person has not ended as far as is known.
    func hasOpen(of userID: String) throws -> Bool {
        try database.read { connection in
            try connection.value(
                """
                SELECT generation_id FROM ledger
                WHERE state = 'reserved' AND inquiry_ms IS NULL AND user_id = \(userID)
                """, as: String.self) != nil
        }
    }

    /// The calls whose cost is to be asked for by now, the longest due first.
    func dueInquiries(now: Int, limit: Int) throws -> [CostInquiry] {
        try database.read { connection in
            try connection.all(
                """
                SELECT generation_id, provider, upstream_id, inquiries, prompt_tokens,
                    completion_tokens, reasoning_tokens, cached_tokens, listed_nano_usd, model
                FROM ledger WHERE inquiry_ms <= \(now) AND upstream_id IS NOT NULL
                ORDER BY inquiry_ms LIMIT \(limit)
                """
            ) { row in
                let listed: Int? = try row[8]
                return CostInquiry(
                    generationID: try row[0], model: try row[9], provider: try row[1],
                    upstreamID: try row[2],
                    attempts: try row[3],
                    estimate: Generation.Usage(
                        promptTokens: try row[4], completionTokens: try row[5],
                        reasoningTokens: try row[6], cachedTokens: try row[7],
                        costNanoUSD: listed, costIsEstimated: true, listedNanoUSD: listed))
            }
        }
    }

    /// Asks again later.
    func postpone(_ inquiry: CostInquiry, until nextMs: Int) throws {
        try database.write(durability: .normal) { connection in
            _ = try connection.execute(
                """
                UPDATE ledger SET inquiries = inquiries + 1, inquiry_ms = \(nextMs)
                WHERE generation_id = \(inquiry.generationID) AND inquiry_ms IS NOT NULL
                """)
        }
    }

    /// Books what a provider has told, or the estimate when it never will.
    ///
    /// - Returns: Whether it was still open.
    func settle(
        _ inquiry: CostInquiry, as usage: Generation.Usage, in connection: Connection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE ledger SET
                state = 'settled', inquiry_ms = NULL, inquiries = inquiries + 1,
                settled_ms = \(UnixTime.milliseconds),
                reported_nano_usd = \(usage.costIsEstimated ? nil : usage.costNanoUSD),
                cost_nano_usd = \(usage.costNanoUSD), prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens)
            WHERE generation_id = \(inquiry.generationID) AND inquiry_ms IS NOT NULL
            """) == 1
    }
}
