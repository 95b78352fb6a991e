import SQL
import Web

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
        let open: OpenCalls? = if case .inquire(let calls) = closing { calls } else { nil }
        let isClosed = open == nil
        try connection.execute(
            """
            UPDATE ledger SET
                state = \(state),
                reported_nano_usd = \(usage.costIsEstimated ? nil : usage.costNanoUSD),
                listed_nano_usd = \(usage.listedNanoUSD), cost_nano_usd = \(usage.costNanoUSD),
                prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens),
                upstream_id = \(upstreamID), open_calls = \(open.map(Self.text)),
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

    private static func text(_ calls: OpenCalls) -> String {
        String(decoding: JSON.encode(calls), as: UTF8.self)
    }

    /// The entries with calls whose cost is to be asked for by now, the longest due first.
    func dueInquiries(now: Int, limit: Int) throws -> [CostInquiry] {
        try database.read { connection in
            try connection.all(
                """
                SELECT generation_id, model, provider, inquiries, upstream_id, open_calls,
                    listed_nano_usd, prompt_tokens, completion_tokens, reasoning_tokens,
                    cached_tokens, cost_nano_usd
                FROM ledger WHERE inquiry_ms <= \(now) ORDER BY inquiry_ms LIMIT \(limit)
                """
            ) { row in
                CostInquiry(
                    generationID: try row[0], model: try row[1], provider: try row[2],
                    open: Self.openCalls(
                        try row[5], upstreamID: try row[4], estimatedNanoUSD: try row[11]),
                    attempts: try row[3],
                    usage: Generation.Usage(
                        promptTokens: try row[7], completionTokens: try row[8],
                        reasoningTokens: try row[9], cachedTokens: try row[10],
                        costNanoUSD: try row[11], listedNanoUSD: try row[6]))
            }
        }
    }

    /// - Parameters:
    ///   - text: As stored; `nil` in the entry of a version before, which kept one id alone.
    /// - Returns: `nil` when it cannot be read, which must not keep the other entries from being asked for.
    private static func openCalls(
        _ text: String?, upstreamID: String?, estimatedNanoUSD: Int?
    ) -> OpenCalls? {
        if let text { return try? JSON.decode(OpenCalls.self, from: Array(text.utf8)) }
        let calls = upstreamID.map {
            [OpenCall(upstreamID: $0, estimatedNanoUSD: estimatedNanoUSD ?? 0, isAnswer: true)]
        }
        return OpenCalls(calls: calls ?? [], restIsEstimated: false)
    }

    /// Notes what was told so far, and asks for the rest later.
    func postpone(
        _ inquiry: CostInquiry, until nextMs: Int, in connection: Connection
    ) throws -> Bool {
        try update(inquiry, in: connection)
        return try connection.execute(
            """
            UPDATE ledger SET inquiries = inquiries + 1, inquiry_ms = \(nextMs)
            WHERE generation_id = \(inquiry.generationID) AND inquiry_ms IS NOT NULL
            """) == 1
    }

    /// Books what the provider has told, and estimates for what it never will.
    ///
    /// - Returns: Whether it was still open.
    func settle(_ inquiry: CostInquiry, in connection: Connection) throws -> Bool {
        try update(inquiry, in: connection)
        return try connection.execute(
            """
            UPDATE ledger SET
                state = 'settled', inquiry_ms = NULL, open_calls = NULL,
                inquiries = inquiries + 1, settled_ms = \(UnixTime.milliseconds)
            WHERE generation_id = \(inquiry.generationID) AND inquiry_ms IS NOT NULL
            """) == 1
    }

    private func update(_ inquiry: CostInquiry, in connection: Connection) throws {
        let usage = inquiry.usage
        try connection.execute(
            """
            UPDATE ledger SET
                open_calls = \(Self.text(inquiry.open)),
                reported_nano_usd = \(usage.costIsEstimated ? nil : usage.costNanoUSD),
                cost_nano_usd = \(usage.costNanoUSD), prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens)
            WHERE generation_id = \(inquiry.generationID) AND inquiry_ms IS NOT NULL
            """)
    }
}
