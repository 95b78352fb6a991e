import Providers
import SQL
import Web

/// The record of everything that was spent, call by call. A call is never removed.
///
/// Its writes are part of the transactions that they account for.
struct Ledger: Sendable {
    let database: Database
    /// The machine that calls are made from.
    var host = HostName.current

    // MARK: Before and after a call

    /// Sets money aside for a call that is about to be made.
    func reserve(_ call: Call, in connection: Connection) throws {
        let account = call.account
        try connection.execute(
            """
            INSERT INTO calls
                (id, feature, user_id, key_id, generation_id, provider, model, state,
                 reserved_nano_usd, estimated_prompt_tokens, prices, tells_cost, created_ms, host)
            VALUES (\(call.id), \(call.feature), \(call.userID), \(call.keyID),
                \(call.generationID), \(call.provider), \(call.model), 'reserved',
                \(call.reservedNanoUSD), \(account.promptTokens), \(account.pricesText),
                \(account.tellsCost), \(call.createdMs), \(host))
            """)
    }

    /// Notes what the cost of a call that has not been made yet is estimated by.
    func setAccount(of call: Call, in connection: Connection) throws {
        let account = call.account
        try connection.execute(
            """
            UPDATE calls SET
                estimated_prompt_tokens = \(account.promptTokens),
                prices = \(account.pricesText), tells_cost = \(account.tellsCost)
            WHERE id = \(call.id) AND finished_ms IS NULL
            """)
    }

    /// Books how a call ended; once only, whoever comes first.
    ///
    /// - Returns: Whether it was open.
    func book(_ booking: Booking, of call: Call, in connection: Connection) throws -> Bool {
        let state: Call.State =
            switch booking.closing {
            case .release: .released
            case .settle: .settled
            case .inquire: .reserved
            }
        let now = UnixTime.milliseconds
        let isOpen = booking.closing == .inquire
        let usage = booking.usage
        let count = try connection.execute(
            """
            UPDATE calls SET
                state = \(state), answered_model = \(booking.answeredModel),
                prompt_tokens = \(usage.promptTokens),
                completion_tokens = \(usage.completionTokens),
                reasoning_tokens = \(usage.reasoningTokens), cached_tokens = \(usage.cachedTokens),
                cache_write_tokens = \(usage.cacheWriteTokens), media_units = \(booking.mediaUnits),
                reported_nano_usd = \(booking.reportedNanoUSD),
                listed_nano_usd = \(booking.listedNanoUSD),
                cost_nano_usd = \(booking.costNanoUSD), cost_estimated = \(booking.isEstimated),
                upstream_id = \(booking.upstreamID), outcome = \(booking.outcome),
                inquiry_ms = \(isOpen ? now + CostInquiry.firstPauseMs : nil),
                first_token_ms = \(booking.firstTokenMs), finished_ms = \(booking.finishedMs),
                settled_ms = \(isOpen ? nil : now)
            WHERE id = \(call.id) AND finished_ms IS NULL
            """)
        guard count == 1 else { return false }
        try Rollup.add(UsageAmounts(booking), of: call, in: connection)
        return true
    }

    // MARK: What has not ended

    /// The live streams of all calls that have not ended as far as is known.
    func openStreams() throws -> [String] {
        try database.read { connection in
            try connection.all(
                """
                SELECT coalesce(generation_id, id) FROM calls WHERE finished_ms IS NULL
                UNION
                SELECT generation_id FROM ledger WHERE \(OldEntries.isOpen)
                """
            ) { try $0[0] }
        }
    }

    /// The calls of a live stream that have not ended as far as is known.
    func openCalls(ofStream id: String) throws -> [Call] {
        try database.read { connection in
            try connection.all(
                """
                SELECT \(Call.columns) FROM calls
                WHERE (id = \(id) OR generation_id = \(id)) AND finished_ms IS NULL
                """
            ) { try Call($0) }
        }
    }

    /// Whether a call for that person has not ended as far as is known.
    func hasOpen(of userID: String) throws -> Bool {
        try database.read { connection in
            try connection.value(
                """
                SELECT id FROM calls WHERE finished_ms IS NULL AND user_id = \(userID)
                UNION
                SELECT generation_id FROM ledger
                WHERE user_id = \(userID) AND \(OldEntries.isOpen)
                """, as: String.self) != nil
        }
    }
}

extension CallAccount {
    fileprivate var pricesText: String? {
        prices.map { String(decoding: JSON.encode($0), as: UTF8.self) }
    }
}
