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
        /// Among those that the person may have at a time.
        let place: PersonalPlaces.Place
    }

    let store: GenerationStore
    let retryPolicy: RetryPolicy
    let ledger: Ledger
    let directory: StreamDirectory
    let watcher: FileWatcher
    let logger: Logger
    private let content: any GenerationContentStore
    private let places: PersonalPlaces
    /// Of what a model is asked for aside.
    private let asidePlaces: PersonalPlaces
    private let settings: Settings
    let desk: CallDesk
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
        desk = CallDesk(ledger: ledger, chat: chat, scoreboard: scoreboard)
        self.scoreboard = scoreboard
        self.logger = logger
        directory = try StreamDirectory(runDirectory: settings.runDirectory)
        places = PersonalPlaces(
            path: settings.runDirectory + "/running-answers", limit: settings.answersPerPerson)
        asidePlaces = PersonalPlaces(
            path: settings.runDirectory + "/running-titles", limit: settings.answersPerPerson)
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
            let call = Call(
                plan.call, for: plan.feature, of: userID, generationID: generation.id)
            let reserved = try desk.reserve(call) { connection in
                try storing(connection)
                try store.add(generation, of: userID, key: key, in: connection)
            }
            return GenerationRun(
                plan, reserved, log: log, cancellation: cancellation, service: self)
        } catch {
            log.remove()
            forget(generation.id)
            throw error
        }
    }

    /// Asks the model; what ``GenerationRun`` does the work with.
    func ask(
        _ chat: ChatCall, _ reserved: CallDesk.Reserved, cancellation: Cancellation,
        onPause: () -> Void, onEvent: (ChatEvent) -> Void
    ) -> (outcome: ChatOutcome, ended: EndedCall) {
        desk.ask(
            reserved, chat.request, from: chat.model.endpoint, cancellation: cancellation,
            onPause: onPause, onEvent: onEvent)
    }

    /// Asks a model for something that is nobody's answer, such as a title, and accounts for it.
    ///
    /// Its live stream keeps the sweep from taking it for abandoned while it runs, and holds what comes
    /// of it should this process die.
    ///
    /// - Returns: `nil` when the person has as many running as answers.
    func askAside(
        _ chat: ChatCall, for feature: Feature, of userID: String, about conversationID: String
    ) throws -> ChatOutcome? {
        guard let place = try asidePlaces.take(by: userID) else { return nil }
        let call = Call(chat, for: feature, of: userID, generationID: nil)
        let cancellation = register(call.id, ownedBy: [userID, conversationID], in: place)
        defer { forget(call.id) }
        let log = try directory.begin(call.id)
        let reserved = try desk.reserve(call)
        try log.append([.account(call.account)])
        let (outcome, ended) = ask(chat, reserved, cancellation: cancellation) {
        } onEvent: { event in
            guard case .opened(let origin) = event, let id = origin.generationID else { return }
            try? log.append([.upstreamID(id)])
        }
        try desk.book([ended])
        log.remove()  // not where anything above failed: the sweep has work then
        return outcome
    }

    // MARK: The calls of a run

    /// Books a call that came to nothing, before anything else is asked.
    ///
    /// - Returns: Whether it is booked; if not, that is left to the end of the generation.
    func book(_ ended: EndedCall) -> Bool {
        attempt("a call that came to nothing could not be booked", ended.call) {
            try desk.book([ended])
        } != nil
    }

    /// Sets money aside for another call of a generation, and notes which model is to answer now.
    ///
    /// - Returns: `nil` when that cannot be stored; then it must not be made.
    func reserve(_ call: Call, answering generation: Generation) -> CallDesk.Reserved? {
        attempt("no money could be set aside for another call", call) {
            try desk.reserve(call) { try store.setModel(generation, in: $0) }
        }
    }

    private func attempt<T>(_ failure: String, _ call: Call, _ body: () throws -> T) -> T? {
        do { return try body() } catch {
            logger.error(
                "\(failure)", metadata: ["generation": "\(call.streamID)", "cause": "\(error)"])
            return nil
        }
    }

    // MARK: The end of a run

    /// Commits how a generation ended, its words and its cost; tries for a while when the database
    /// cannot be written.
    ///
    /// - Parameter ended: Its last call, where that is not booked yet.
    /// - Returns: The generation as it is stored; `nil` when it could not be.
    func commit(
        _ generation: Generation, text: String, reasoning: String?, _ ended: EndedCall?
    ) -> Generation? {
        for pause in [0.1, 0.5, 2, 5, nil] {
            do {
                return try finish(
                    generation, text: text, reasoning: reasoning, ended.map { [$0] } ?? [])
            } catch {
                logger.error(
                    "a generation could not be stored; its words are in the run directory",
                    metadata: ["generation": "\(generation.id)", "cause": "\(error)"])
                guard let pause, !interruption.wait(for: .seconds(pause)) else { break }
            }
        }
        return nil
    }

    /// - Returns: The generation with what all its calls used and cost.
    func finish(
        _ generation: Generation, text: String, reasoning: String?, _ ended: [EndedCall]
    ) throws -> Generation {
        let (stored, hasEnded) = try desk.book(ended) { connection in
            var generation = generation
            generation.usage = try ledger.spending(
                ofGeneration: generation.id, in: connection)
            guard try store.finish(generation, in: connection) else { return (generation, false) }
            try content.store(
                text: text, reasoning: reasoning, of: generation, in: connection)
            return (generation, true)
        }
        if hasEnded { scoreboard.count(stored) }
        return stored
    }

    func forget(_ id: String) {
        let run = running.withLock { $0.removeValue(forKey: id) }
        if run?.cancellation.isCancelled == true { directory.removeStopRequest(id) }
    }

    /// Makes known that something runs, before anybody may want to stop it.
    private func register(
        _ id: String, ownedBy owners: Set<String>, in place: PersonalPlaces.Place
    ) -> Cancellation {
        let run = Running(owners: owners, place: place)
        running.withLock { $0[id] = run }
        if isInterrupting { run.cancellation.cancel() }
        return run.cancellation
    }

    func reportWaiting(_ error: any Error, of generation: Generation) {
        logger.warning(
            "it cannot be told whether the answer before has ended; it is looked again",
            metadata: ["generation": "\(generation.id)", "cause": "\(error)"])
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
