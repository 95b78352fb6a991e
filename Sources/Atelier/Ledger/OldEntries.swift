import Providers
import SQL
import Web

/// The entries of versions before, one for all the calls of a generation. Their workers go on writing
/// them during an upgrade; each is taken over into the calls once it has ended, or its runner died.
///
/// Drop this, with the table, once no installation can have any: two releases from now.
struct OldEntries: Sendable {
    let ledger: Ledger

    /// Those that nobody has taken over and whose runner may still run.
    static let isOpen: Query = "adopted = 0 AND state = 'reserved' AND inquiry_ms IS NULL"

    /// Takes over some of those that have ended.
    ///
    /// - Returns: How many.
    @discardableResult
    func adoptEnded(limit: Int = 500) throws -> Int {
        let hasSome = try ledger.database.read { connection in
            try connection.value("SELECT EXISTS (\(Self.ended(limit: 1)))", as: Bool.self) ?? false
        }
        guard hasSome else { return 0 }
        return try ledger.database.write { connection in
            let entries = try connection.all(Self.ended(limit: limit)) { try OldEntry($0) }
            for entry in entries {
                for end in entry.ended { try add(end, in: connection) }
                try markAdopted(entry, in: connection)
            }
            return entries.count
        }
    }

    /// Makes an open call of an entry whose runner has died, and books what was spent before it.
    ///
    /// - Parameter account: As the runner has left it in the stream.
    func adoptOpen(_ id: String, account: CallAccount?) throws {
        let condition: Query = "generation_id = \(id) AND \(Self.isOpen)"
        let isThere = try ledger.database.read { connection in
            try connection.value(
                "SELECT generation_id FROM ledger WHERE \(condition)", as: String.self) != nil
        }
        guard isThere else { return }
        try ledger.database.write { connection in
            let entry = try connection.first(Self.select(condition)) { try OldEntry($0) }
            guard let entry else { return }
            for end in entry.earlier(account?.earlier) { try add(end, in: connection) }
            let call = entry.call(
                provider: account?.provider, account: account, isRunning: true)
            try ledger.reserve(call, in: connection)
            try markAdopted(entry, in: connection)
        }
    }

    private func add(_ end: EndedCall, in connection: Connection) throws {
        try ledger.reserve(end.call, in: connection)
        _ = try ledger.book(end.booking, of: end.call, in: connection)
    }

    /// Nobody of the version before ends it or asks for its cost any more.
    private func markAdopted(_ entry: OldEntry, in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE ledger SET
                adopted = 1, inquiry_ms = NULL,
                state = CASE WHEN state = 'reserved' THEN 'settled' ELSE state END
            WHERE generation_id = \(entry.id)
            """)
    }

    private static func ended(limit: Int) -> Query {
        select(
            """
            adopted = 0 AND (state <> 'reserved' OR inquiry_ms IS NOT NULL)
            ORDER BY generation_id LIMIT \(limit)
            """)
    }

    private static func select(_ condition: Query) -> Query {
        """
        SELECT generation_id, user_id, model, provider, state, reserved_nano_usd,
            reported_nano_usd, listed_nano_usd, cost_nano_usd, prompt_tokens, completion_tokens,
            reasoning_tokens, cached_tokens, upstream_id, inquiry_ms, open_calls, created_ms,
            settled_ms,
            EXISTS (SELECT 1 FROM generations WHERE id = ledger.generation_id) AS is_answer
        FROM ledger WHERE \(condition)
        """
    }
}

/// One entry of a version before.
private struct OldEntry {
    /// The generation's id; a title had one that was nobody else's.
    let id: String
    private let isAside: Bool
    private let userID: String
    private let model: String
    private let provider: String
    private let state: Call.State
    private let isAskedFor: Bool
    private let reservedNanoUSD: Int
    private let usage: TokenUsage
    private let listedNanoUSD: Int?
    private let costNanoUSD: Int?
    private let upstreamID: String?
    /// JSON; a version before kept one id alone.
    private let openCalls: String?
    private let createdMs: Int
    private let settledMs: Int?

    init(_ row: borrowing Row) throws {
        id = try row["generation_id"]
        isAside = try !row["is_answer", as: Bool.self]
        userID = try row["user_id"]
        model = try row["model"]
        provider = try row["provider"]
        state = try row["state"]
        isAskedFor = try row["inquiry_ms", as: Int?.self] != nil
        reservedNanoUSD = try row["reserved_nano_usd"]
        usage = TokenUsage(
            promptTokens: try row["prompt_tokens"], completionTokens: try row["completion_tokens"],
            reasoningTokens: try row["reasoning_tokens"], cachedTokens: try row["cached_tokens"],
            costNano: try row["reported_nano_usd"])
        listedNanoUSD = try row["listed_nano_usd"]
        costNanoUSD = try row["cost_nano_usd"]
        upstreamID = try row["upstream_id"]
        openCalls = try row["open_calls"]
        createdMs = try row["created_ms"]
        settledMs = try row["settled_ms"]
    }

    /// - Parameter isRunning: It has a live stream, named after the entry.
    func call(
        provider other: String? = nil, account: CallAccount? = nil, isRunning: Bool = false
    ) -> Call {
        Call(
            id: isAside && isRunning ? id : UUIDv7.text(),
            // Without a generation it was a title, or an answer that was deleted: nobody knows.
            feature: Feature(rawValue: isAside ? "earlier" : "chat"), userID: userID,
            generationID: isAside ? nil : id, provider: other ?? provider, model: model,
            reservedNanoUSD: reservedNanoUSD,
            account: account ?? CallAccount(promptTokens: 0, prices: nil, tellsCost: false),
            createdMs: createdMs)
    }

    /// The calls of an entry that has ended; the answer's comes last.
    var ended: [EndedCall] {
        guard state == .reserved, isAskedFor, let open = readOpenCalls() else {
            return [
                EndedCall(call: call(), booking: booking(state == .released ? .release : .settle))
            ]
        }
        let others = open.calls.filter { !$0.isAnswer }.map(inquiry)
        let rest = costNanoUSD.map { cost in
            open.calls.reduce(cost) { $0.addingClamped(-$1.estimatedNanoUSD) }
        }
        guard let answer = open.calls.first(where: \.isAnswer) else {
            var booking = booking(.settle)
            booking.costNanoUSD = rest
            booking.usage.costNano = open.restIsEstimated ? nil : rest.map { Int64($0) }
            return others + [EndedCall(call: call(), booking: booking)]
        }
        var before = others
        if let rest, rest != 0 { before.append(known(rest, isEstimated: open.restIsEstimated)) }
        var booking = booking(.inquire)
        booking.usage.costNano = nil
        booking.costNanoUSD = costNanoUSD == nil ? nil : answer.estimatedNanoUSD
        booking.upstreamID = answer.upstreamID
        return before + [EndedCall(call: call(provider: answer.provider), booking: booking)]
    }

    /// What was spent before a call whose runner has died.
    func earlier(_ earlier: EarlierCalls?) -> [EndedCall] {
        guard let earlier else { return [] }
        var calls = earlier.open.map(inquiry)
        if earlier.costNanoUSD > 0 {
            calls.append(known(earlier.costNanoUSD, isEstimated: earlier.isEstimated))
        }
        return calls
    }

    /// - Returns: `nil` when it cannot be read; then the estimate stands.
    private func readOpenCalls() -> OpenCalls? {
        if let openCalls { return try? JSON.decode(OpenCalls.self, from: Array(openCalls.utf8)) }
        return upstreamID.map {
            OpenCalls(
                calls: [
                    OpenCall(upstreamID: $0, estimatedNanoUSD: costNanoUSD ?? 0, isAnswer: true)
                ], restIsEstimated: false)
        }
    }

    private func booking(_ closing: Booking.Closing) -> Booking {
        Booking(
            closing: closing, usage: usage, listedNanoUSD: listedNanoUSD, costNanoUSD: costNanoUSD,
            upstreamID: upstreamID, outcome: Self.outcome, finishedMs: settledMs ?? createdMs)
    }

    /// A call that came to nothing, and whose cost is asked for.
    private func inquiry(_ open: OpenCall) -> EndedCall {
        EndedCall(
            call: call(provider: open.provider),
            booking: Booking(
                closing: .inquire, costNanoUSD: open.estimatedNanoUSD, upstreamID: open.upstreamID,
                outcome: Self.outcome, finishedMs: createdMs))
    }

    /// Calls that came to nothing, and whose cost is known together.
    private func known(_ costNanoUSD: Int, isEstimated: Bool) -> EndedCall {
        var booking = Booking(
            closing: .settle, costNanoUSD: costNanoUSD, outcome: Self.outcome,
            finishedMs: createdMs)
        if !isEstimated { booking.usage.costNano = Int64(costNanoUSD) }
        return EndedCall(call: call(), booking: booking)
    }

    /// Nobody has kept how it ended.
    private static let outcome = "earlier"
}
