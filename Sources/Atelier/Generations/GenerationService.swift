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
    /// Something that this process runs.
    private struct Running {
        let cancellation = Cancellation()
        /// What it belongs to: stopping one of these stops it too.
        let owners: Set<String>
        /// That of the person, among the answers they may have at a time; a title needs none.
        let place: PersonalPlaces.Place?
    }

    let store: GenerationStore
    let retryPolicy: RetryPolicy
    let ledger: Ledger
    let directory: StreamDirectory
    let watcher: FileWatcher
    let logger: Logger
    private let content: any GenerationContentStore
    private let places: PersonalPlaces
    private let settings: Settings
    private let chat: ChatClient
    private let scoreboard: Scoreboard
    /// By id.
    private let running = Monitor<[String: Running]>([:])
    /// Cancelled when this process has to end.
    let interruption = Cancellation()

    /// - Parameter settings: The run directory is the same for all workers of a database.
    init(
        store: GenerationStore, ledger: Ledger, content: any GenerationContentStore,
        settings: Settings, chat: ChatClient, retryPolicy: RetryPolicy, scoreboard: Scoreboard,
        logger: Logger
    ) throws {
        self.store = store
        self.ledger = ledger
        self.retryPolicy = retryPolicy
        self.content = content
        self.settings = settings
        self.chat = chat
        self.scoreboard = scoreboard
        self.logger = logger
        directory = try StreamDirectory(runDirectory: settings.runDirectory)
        places = PersonalPlaces(
            path: settings.runDirectory + "/running-answers", limit: settings.answersPerPerson)
        watcher = try FileWatcher.shared.get()
        try watcher.watch(directory: directory.stopPath) { [running] id in
            let stopped = running.withLock { running in
                running.filter { $0.key == id || $0.value.owners.contains(id) }
            }
            for run in stopped.values { run.cancellation.cancel() }
        }
    }

    // MARK: Running

    /// A place among the answers that a person may have at a time, for one that is about to begin.
    ///
    /// - Throws: ``Problem`` `too_many_answers` when they have as many; `storage_full` when what is left
    ///   is kept for signing in, stopping and deleting.
    func admit(_ userID: String) throws -> PersonalPlaces.Place {
        try requireRoom()
        guard let place = try places.take(by: userID) else {
            throw PersonalPlaces.tooManyAnswers(limit: places.limit)
        }
        return place
    }

    /// - Throws: ``Problem`` `storage_full` when what is left is kept for other things, see
    ///   ``StorageProblem/requireRoom(_:)``.
    func requireRoom() throws(Problem) { try StorageProblem.requireRoom(settings) }

    /// Stores a generation together with what `storing` writes, sets its cost aside, and makes it ready
    /// to run.
    ///
    /// The live stream exists before the row does: whoever finds the row finds the stream.
    ///
    /// - Parameter place: See ``admit(_:)``.
    /// - Returns: The run, to be executed by this thread.
    func begin(
        _ plan: GenerationPlan, of userID: String, in place: PersonalPlaces.Place,
        key: IdempotencyKey?, storing: (Connection) throws -> Void
    ) throws -> GenerationRun {
        let generation = plan.generation
        let log = try directory.begin(generation.id)
        let cancellation = register(
            generation.id, ownedBy: [userID, generation.conversationID], in: place)
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

    func finish(
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
    private func register(
        _ id: String, ownedBy owners: Set<String>, in place: PersonalPlaces.Place? = nil
    ) -> Cancellation {
        let run = Running(owners: owners, place: place)
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
        } onPause: {
        }
        directory.removeStopRequest(generation.id)
        return try store.generation(generation.id) ?? generation
    }
}
