import Logging
import Providers
import SQL

/// Ending what a runner that has died has left.
extension GenerationService {
    /// Not every abandoned generation could be ended; the others were.
    struct IncompleteRecovery: Error, CustomStringConvertible {
        let failures: [(id: String, cause: any Error)]

        var description: String {
            "\(failures.count) abandoned generations could not be ended, the first of them "
                + "\(failures[0].id): \(failures[0].cause)"
        }
    }

    /// Ends every generation whose runner has died, keeping all that had reached its stream; each by
    /// itself.
    ///
    /// - Throws: ``IncompleteRecovery`` when some could not be ended.
    func recoverAbandoned() throws {
        var failures: [(id: String, cause: any Error)] = []
        for id in Set(try directory.streams() + ledger.openStreams() + store.running()) {
            do { try recover(id) } catch { failures.append((id, error)) }
        }
        guard failures.isEmpty else { throw IncompleteRecovery(failures: failures) }
    }

    /// Ends a generation if its runner has died; does nothing to one that runs or has ended.
    func recover(_ id: String) throws {
        var log: StreamLog?
        var contents = StreamLog.Contents()
        switch try StreamLog.takeOver(path: directory.streamPath(id)) {
        case .running: return
        case .missing: break
        case .foreign: contents.isDamaged = true
        case .abandoned(let taken):
            log = taken
            contents = try taken.contents()
        }
        let ended = try storeInterrupted(id, StreamRemains(contents.events))
        if contents.isDamaged {
            let place = try directory.setAside(id)
            logger.error(
                "a live stream could not be read to its end; what was readable is stored, and the file lies aside",
                metadata: ["generation": "\(id)", "file": "\(place)"])
        } else {
            // Who watches the file sees the end; who does not finds it in the database.
            if let ended { try? log?.append([.usage(ended.usage), .closing(ended)]) }
            log?.remove()
        }
        directory.removeStopRequest(id)
    }

    /// - Returns: The generation as it ended, now or before; `nil` when it was deleted.
    private func storeInterrupted(_ id: String, _ remains: StreamRemains) throws -> Generation? {
        try OldEntries(ledger: ledger).adoptOpen(id, account: remains.account)
        let open = try ledger.openCalls(ofStream: id)
        let ended = open.map { EndedCall(call: $0, booking: remains.booking(of: $0)) }
        guard var generation = try store.generation(id) else {
            if !ended.isEmpty { try desk.book(ended) }
            return nil
        }
        guard !generation.state.isFinal else {
            if !open.isEmpty { try book(open, of: generation) }
            return generation
        }
        generation.state = .interrupted
        generation.finishedMs = UnixTime.milliseconds
        generation.upstreamID = remains.upstreamID
        let stored = try finish(
            generation, text: remains.text, reasoning: remains.reasoning, ended)
        logger.warning(
            "generation interrupted: its worker ended before it", metadata: ["generation": "\(id)"])
        return stored
    }

    /// Books calls of a generation that a worker of the version before has ended, which knows no calls:
    /// by what it has stored.
    private func book(_ calls: [Call], of generation: Generation) throws {
        let usage = generation.usage
        let counted = TokenUsage(
            promptTokens: usage.promptTokens, completionTokens: usage.completionTokens,
            reasoningTokens: usage.reasoningTokens, cachedTokens: usage.cachedTokens)
        let ended = calls.map { call in
            EndedCall(
                call: call,
                booking: call.account.booking(
                    reported: counted, text: "", reasoning: "", upstreamID: generation.upstreamID,
                    cameToNothing: generation.upstreamID == nil && usage.promptTokens == nil))
        }
        try desk.book(ended) { connection in
            let spending = try ledger.spending(ofGeneration: generation.id, in: connection)
            try store.setUsage(spending, of: generation.id, in: connection)
        }
    }
}
