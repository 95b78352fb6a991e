import Logging
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
        for id in Set(try directory.streams() + ledger.open()) {
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
        let booking = remains.booking
        guard var generation = try store.generation(id) else {
            try store.database.write { connection in
                try ledger.close(
                    id, booking.usage, upstreamID: remains.upstreamID, by: booking.closing,
                    in: connection)
            }
            return nil
        }
        guard !generation.state.isFinal else { return generation }
        generation.state = .interrupted
        generation.finishedMs = UnixTime.milliseconds
        generation.upstreamID = remains.upstreamID
        generation.usage = booking.usage
        try finish(
            generation, text: remains.text, reasoning: remains.reasoning, booking.closing)
        logger.warning(
            "generation interrupted: its worker ended before it", metadata: ["generation": "\(id)"])
        return generation
    }
}
