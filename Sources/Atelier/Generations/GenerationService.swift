import HTTPClient
import Logging
import Providers
import SQL
import Threads
import Web

/// Where the words of a generation are kept; the feature that asked for it knows.
protocol GenerationContentStore: Sendable {
    /// Stores what a generation has made, in the transaction that ends it.
    func store(
        text: String, reasoning: String?, of generation: Generation, in connection: Connection)
        throws
}

/// Runs generations, lets anybody entitled watch and stop them, in whatever worker they run.
final class GenerationService: Sendable {
    private struct Running {
        let cancellation = Cancellation()
        /// What it belongs to: stopping one of these stops it too.
        let owners: Set<String>
    }

    let store: GenerationStore
    let retryPolicy: RetryPolicy
    let ledger: Ledger
    private let content: any GenerationContentStore
    let directory: StreamDirectory
    private let watcher: FileWatcher
    private let chat: ChatClient
    private let scoreboard: Scoreboard
    let logger: Logger
    /// What this process runs, by id.
    private let running = Monitor<[String: Running]>([:])
    /// Cancelled when this process has to end.
    let interruption = Cancellation()

    /// - Parameter runDirectory: The same for all workers of a database.
    init(
        store: GenerationStore, ledger: Ledger, content: any GenerationContentStore,
        runDirectory: String, chat: ChatClient, retryPolicy: RetryPolicy, scoreboard: Scoreboard,
        logger: Logger
    ) throws {
        self.store = store
        self.ledger = ledger
        self.retryPolicy = retryPolicy
        self.content = content
        self.chat = chat
        self.scoreboard = scoreboard
        self.logger = logger
        directory = try StreamDirectory(runDirectory: runDirectory)
        watcher = try FileWatcher.shared.get()
        try watcher.watch(directory: directory.stopPath) { [running] id in
            let stopped = running.withLock { running in
                running.filter { $0.key == id || $0.value.owners.contains(id) }
            }
            for run in stopped.values { run.cancellation.cancel() }
        }
    }

    // MARK: Running

    /// Stores a generation together with what `storing` writes, sets its cost aside, and makes it ready
    /// to run.
    ///
    /// The live stream exists before the row does: whoever finds the row finds the stream.
    ///
    /// - Returns: The run, to be executed by this thread.
    func begin(
        _ plan: GenerationPlan, of userID: String, key: IdempotencyKey?,
        storing: (Connection) throws -> Void
    ) throws -> GenerationRun {
        let generation = plan.generation
        let log = try directory.begin(generation.id)
        let cancellation = register(
            generation.id, ownedBy: [userID, generation.conversationID])
        do {
            try store.database.write { connection in
                try storing(connection)
                try store.add(generation, of: userID, key: key, in: connection)
                try ledger.reserve(
                    LedgerEntry(
                        generationID: generation.id, model: generation.model,
                        provider: generation.provider, reservedNanoUSD: plan.reservationNanoUSD,
                        createdMs: generation.createdMs), of: userID, in: connection)
            }
        } catch {
            log.remove()
            forget(generation.id)
            throw error
        }
        return GenerationRun(plan, log: log, cancellation: cancellation, service: self)
    }

    /// Asks the model; what ``GenerationRun`` does the work with.
    func ask(
        _ call: ChatCall, cancellation: Cancellation, onPause: () -> Void,
        onEvent: (ChatEvent) -> Void
    ) -> ChatOutcome {
        chat.stream(
            call.request, from: call.model.endpoint, cancellation: cancellation, onPause: onPause,
            onEvent: onEvent)
    }

    /// Asks a model for something that is nobody's answer, such as a title, and accounts for it.
    ///
    /// Its live stream keeps the sweep from taking it for abandoned while it runs, and holds what has to
    /// be known to account for it should this process die.
    func askAside(
        _ call: ChatCall, for userID: String, about conversationID: String
    ) throws -> ChatOutcome {
        let id = UUIDv7.text()
        let cancellation = register(id, ownedBy: [userID, conversationID])
        defer { forget(id) }
        let log = try directory.begin(id)
        let entry = LedgerEntry(
            generationID: id, model: call.model.id, provider: call.model.provider,
            reservedNanoUSD: call.reservationNanoUSD, createdMs: UnixTime.milliseconds)
        try store.database.write { try ledger.reserve(entry, of: userID, in: $0) }
        let account = CallAccount(call)
        try log.append([.account(account)])
        let outcome = ask(call, cancellation: cancellation) {
        } onEvent: { event in
            guard case .opened(let origin) = event, let id = origin.generationID else { return }
            try? log.append([.upstreamID(id)])
        }
        let upstreamID = outcome.origin.generationID
        let (usage, closing) = account.booking(of: outcome, upstreamID: upstreamID)
        try store.database.write { connection in
            try ledger.close(id, usage, upstreamID: upstreamID, by: closing, in: connection)
        }
        log.remove()  // not where anything above failed: the sweep has work then
        if closing == .settle { scoreboard.count(usage, of: entry.model, provider: entry.provider) }
        return outcome
    }

    /// Commits how a generation ended, its words and its cost; tries for a while when the database
    /// cannot be written.
    ///
    /// - Returns: Whether it is stored.
    func commit(
        _ generation: Generation, text: String, reasoning: String?, _ closing: LedgerEntry.Closing
    ) -> Bool {
        for pause in [0.1, 0.5, 2, 5, nil] {
            do {
                try finish(generation, text: text, reasoning: reasoning, closing)
                return true
            } catch {
                logger.error(
                    "a generation could not be stored; its words are in the run directory",
                    metadata: ["generation": "\(generation.id)", "cause": "\(error)"])
                guard let pause, !interruption.wait(for: .seconds(pause)) else { break }
            }
        }
        return false
    }

    private func finish(
        _ generation: Generation, text: String, reasoning: String?, _ closing: LedgerEntry.Closing
    ) throws {
        let hasEnded = try store.database.write { connection in
            try ledger.close(
                generation.id, generation.usage, upstreamID: generation.upstreamID, by: closing,
                in: connection)
            guard try store.finish(generation, in: connection) else { return false }
            try content.store(
                text: text, reasoning: reasoning, of: generation, in: connection)
            return true
        }
        if hasEnded { scoreboard.count(generation, isBooked: closing == .settle) }
    }

    /// Notes which model answers now; the end of the generation does not depend on it.
    func storeModel(of generation: Generation, _ model: ModelChoice) {
        do {
            try store.database.write(durability: .normal) { connection in
                try store.setModel(generation, in: connection)
                try ledger.setModel(model, of: generation.id, in: connection)
            }
        } catch {
            logger.warning(
                "a fallback was not noted",
                metadata: ["generation": "\(generation.id)", "cause": "\(error)"])
        }
    }

    func forget(_ id: String) {
        let run = running.withLock { $0.removeValue(forKey: id) }
        if run?.cancellation.isCancelled == true { directory.removeStopRequest(id) }
    }

    /// Makes known that something runs, before anybody may want to stop it.
    private func register(_ id: String, ownedBy owners: Set<String>) -> Cancellation {
        let run = Running(owners: owners)
        running.withLock { $0[id] = run }
        if isInterrupting { run.cancellation.cancel() }
        return run.cancellation
    }

    func reportBrokenStream(_ error: any Error, of generation: Generation) {
        logger.warning(
            "a live stream could not be written; viewers in other workers see the answer when it is done",
            metadata: ["generation": "\(generation.id)", "cause": "\(error)"])
    }

    func report(_ error: ProviderError?, of generation: Generation) {
        guard let error else { return }
        scoreboard.count(error, of: generation.provider)
        // Without the provider's words, which may quote the person's.
        logger.notice(
            "generation failed",
            metadata: [
                "generation": "\(generation.id)", "provider": "\(generation.provider)",
                "model": "\(generation.model)", "code": "\(error.code.rawValue)",
                "status": "\(error.status.map(String.init) ?? "none")",
            ])
    }

    // MARK: Stopping

    /// Whether what is cancelled now is cut off by the end of the process, not by a person.
    var isInterrupting: Bool { interruption.isCancelled }

    /// Ends what this process still runs; each is stored as interrupted, with every word so far.
    func interruptRunning() {
        interruption.cancel()
        for run in running.withLock({ $0.values }) { run.cancellation.cancel() }
    }

    /// Stops a generation, wherever it runs, and returns it as it ended. Does nothing to one that has
    /// ended already.
    func stop(_ generation: Generation) throws -> Generation {
        guard !generation.state.isFinal else { return generation }
        try directory.requestStop(generation.id)
        try follow(generation.id, from: .start) { _, _ in
        } keepAlive: {
        }
        directory.removeStopRequest(generation.id)
        return try store.generationWithContent(generation.id)?.generation ?? generation
    }

    // MARK: Watching

    /// How long a viewer hears nothing before it is sent a sign of life, and the runner is checked.
    private static let silence = Duration.seconds(15)

    /// Hands over the events of a generation behind a position: those that were, then those to come.
    ///
    /// Returns after the last one. A generation that has ended is read from the database.
    func follow(
        _ id: String, from start: StreamPosition,
        visit: (StreamEvent, StreamPosition) throws -> Void, keepAlive: () throws -> Void
    ) throws {
        var cursor = StreamCursor(from: start)
        while true {
            if try followLive(id, &cursor, visit: visit, keepAlive: keepAlive) { return }
            try recover(id)
            guard let stored = try store.generationWithContent(id) else { return }
            // What was seen live is seen again from here on, and passed over by its position.
            cursor.rewind()
            guard stored.generation.state.isFinal else { continue }
            let events = StreamEvent.replay(
                stored.generation, text: stored.text, reasoning: stored.reasoning)
            for event in events { try cursor.pass(event, visit) }
            return
        }
    }

    /// - Returns: Whether the last event was seen; if not, the stream is gone or has lost its runner.
    private func followLive(
        _ id: String, _ cursor: inout StreamCursor,
        visit: (StreamEvent, StreamPosition) throws -> Void, keepAlive: () throws -> Void
    ) throws -> Bool {
        let path = directory.streamPath(id)
        guard let reader = StreamLogReader(path: path) else { return false }
        // Watched before it is read: a change in between is seen at the next wait.
        let waiter = watcher.follow(file: path)
        defer { waiter.map(watcher.stopFollowing) }
        while true {
            let isAbandoned = reader.isAbandoned
            for event in StreamEvent.joined(try reader.next()) {
                try cursor.pass(event, visit)
                if event.kind.isLast { return true }
            }
            if isAbandoned { return false }
            if waiter?.wait(upTo: Self.silence) != true { try keepAlive() }
        }
    }

    // MARK: Recovering

    /// Ends every generation whose runner has died, keeping all that had reached its stream.
    func recoverAbandoned() throws {
        for id in Set(directory.streams() + (try ledger.open())) { try recover(id) }
    }

    /// Ends a generation if its runner has died; does nothing to one that runs or has ended.
    private func recover(_ id: String) throws {
        let path = directory.streamPath(id)
        let log: StreamLog?
        switch StreamLog.takeOver(path: path) {
        case .running: return
        case .missing: log = nil
        case .abandoned(let taken): log = taken
        }
        let remains = try StreamRemains(StreamLogReader(path: path)?.next() ?? [])
        let ended = try storeInterrupted(id, remains)
        if let ended { try log?.append([.usage(ended.usage), .closing(ended)]) }
        log?.remove()
        directory.removeStopRequest(id)
    }

    /// - Returns: The generation as it ended, now or before; `nil` when it was deleted.
    private func storeInterrupted(_ id: String, _ remains: StreamRemains) throws -> Generation? {
        let booking = remains.booking
        guard var generation = try store.generationWithContent(id)?.generation else {
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
