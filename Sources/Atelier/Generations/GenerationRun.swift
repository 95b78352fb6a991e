import HTTPClient
import Providers
import SQL
import Web

/// A stored generation that has to be run: by the thread that holds it, to its end, whether or not
/// anybody watches.
final class GenerationRun {
    let opening: Generation
    private var generation: Generation
    private var plan: GenerationPlan
    private let log: StreamLog
    private let cancellation: Cancellation
    private let service: GenerationService
    /// The call that is made now, or has been last.
    private var reserved: CallDesk.Reserved
    /// How it ended, until that is booked.
    private var ended: EndedCall?
    /// What has come with one read from the provider, and goes out together.
    private var pending: [StreamEvent] = []
    private var hasReasoned = false
    private var position = StreamPosition.start
    /// Who watches on this thread; `nil` when nobody does (any more).
    private var viewer: EventStream?
    /// What the stream could not take, and when that was.
    private var unwritten: (events: [StreamEvent], since: ContinuousClock.Instant)?

    init(
        _ plan: GenerationPlan, _ reserved: CallDesk.Reserved, log: StreamLog,
        cancellation: Cancellation, service: GenerationService
    ) {
        opening = plan.generation
        generation = plan.generation
        self.plan = plan
        self.reserved = reserved
        self.log = log
        self.cancellation = cancellation
        self.service = service
    }

    /// Runs the generation, and returns it as it was stored.
    ///
    /// - Parameter viewer: Sees each event at once; may leave at any time.
    @discardableResult
    func execute(viewer: EventStream? = nil) -> (generation: Generation, text: String) {
        self.viewer = viewer
        defer {
            self.viewer = nil
            service.forget(generation.id)
        }
        emit(beginning())
        awaitTurn()
        let outcome = ask()
        conclude(outcome)
        let text = (plan.begunText ?? "") + outcome.text
        let stored = service.commit(
            generation, text: text, reasoning: outcome.reasoning.isEmpty ? nil : outcome.reasoning,
            ended)
        // What could not be stored stays in the stream, without an end, for the sweep to find.
        if let stored {
            generation = stored
            emit([.usage(generation.usage), .closing(generation)])
            log.remove()
        } else if unwritten != nil {
            write([], atOnce: true)
        }
        return (generation, text)
    }

    // MARK: Asking

    /// How often it is looked whether the turn has come.
    private static let turnPause = Duration.milliseconds(100)

    /// Waits for what this generation builds on. Whoever stops it need not wait.
    private func awaitTurn() {
        guard let turn = plan.turn else { return }
        var hasFailed = false
        while !cancellation.isCancelled {
            do {
                if let calls = try turn.calls(), let first = calls.first {
                    reserved = try service.desk.change(reserved, to: CallAccount(first))
                    plan.call = first
                    plan.alternatives = Array(calls.dropFirst())
                    return
                }
            } catch {
                // A database that cannot be read or written now can be later.
                if !hasFailed { service.reportWaiting(error, of: generation) }
                hasFailed = true
            }
            showPending()
            _ = cancellation.wait(for: Self.turnPause)
        }
    }

    /// Asks until there is an answer: again where that has a chance, then the next model.
    private func ask() -> ChatOutcome {
        var outcome = ask(plan.call, hasAlternative: !plan.alternatives.isEmpty)
        for (index, next) in plan.alternatives.enumerated() where outcome.wantsAnotherModel {
            let (model, error) = (generation, outcome.error)
            guard begin(next, after: &outcome) else { break }
            service.report(error, of: model)
            outcome = ask(next, hasAlternative: index + 1 < plan.alternatives.count)
        }
        return outcome
    }

    /// Asks one model, as often as makes sense.
    private func ask(_ chat: ChatCall, hasAlternative: Bool) -> ChatOutcome {
        var attempt = 1
        while true {
            var outcome = askOnce(chat)
            guard outcome.mayRetry,
                let pause = service.retryPolicy.pause(
                    after: attempt, wish: outcome.error?.retryAfter,
                    hasAlternative: hasAlternative),
                begin(chat, after: &outcome, waiting: pause)
            else { return outcome }
            attempt += 1
        }
    }

    private func askOnce(_ chat: ChatCall) -> ChatOutcome {
        emit([.account(reserved.call.account)])
        let (outcome, ended) = service.ask(chat, reserved, cancellation: cancellation) {
            self.showPending()
        } onEvent: {
            self.take($0)
        }
        self.ended = ended
        showPending()
        return outcome
    }

    /// Makes ready for another call in the place of one that came to nothing; that one is booked first.
    ///
    /// - Parameter outcome: Of the one before; cancelled, once nobody wants another one any more.
    /// - Returns: Whether it may be made.
    private func begin(
        _ chat: ChatCall, after outcome: inout ChatOutcome, waiting pause: Duration = .zero
    ) -> Bool {
        if let ended {
            guard service.book(ended) else { return false }
            self.ended = nil
        }
        wait(for: pause)
        guard !cancellation.isCancelled else {
            outcome.state = .cancelled
            return false
        }
        let first = reserved.call
        var next = generation
        if chat.model.id != generation.model { next.fallBack(to: chat.model) }
        next.upstreamID = nil
        let call = Call(
            chat, for: first.feature, of: first.userID, generationID: first.generationID)
        guard let reserved = service.reserve(call, answering: next) else { return false }
        self.reserved = reserved
        generation = next
        return true
    }

    /// Waits, with a sign of life for whoever watches.
    private func wait(for pause: Duration) {
        let end = ContinuousClock.now + pause
        repeat {
            showPending()
        } while .now < end && !cancellation.wait(for: min(end - .now, .seconds(5)))
    }

    private func take(_ event: ChatEvent) {
        switch event {
        case .text(let piece):
            noteFirstText()
            pending.append(.delta(piece))
        case .reasoning(let piece):
            generation.firstTokenMs = generation.firstTokenMs ?? UnixTime.milliseconds
            hasReasoned = true
            pending.append(StreamEvent(kind: .reasoning, payload: [UInt8](piece.utf8)))
        case .opened(let origin):
            if let id = origin.generationID, id != generation.upstreamID {
                generation.upstreamID = id
                pending.append(.upstreamID(id))
            }
        case .revised(let text, let reasoning):
            revise(text: text, reasoning: reasoning)
        case .usage:
            break  // the outcome has it
        }
    }

    /// Puts what the words are now in the place of those that have gone out, or are about to.
    private func revise(text: String, reasoning: String) {
        hasReasoned = hasReasoned || !reasoning.isEmpty
        pending.removeAll { $0.kind.isContent }
        pending.append(.revised(text: (plan.begunText ?? "") + text, reasoning: reasoning))
    }

    /// What the stream begins with; what stands before the account was not made by this call.
    private func beginning() -> [StreamEvent] {
        [.opening(generation)] + StreamEvent.deltas(plan.begunText ?? "")
    }

    private func noteFirstText() {
        let now = UnixTime.milliseconds
        if hasReasoned, generation.reasoningMs == nil, let firstMs = generation.firstTokenMs {
            generation.reasoningMs = now - firstMs
        }
        generation.firstTokenMs = generation.firstTokenMs ?? now
    }

    private func conclude(_ outcome: ChatOutcome) {
        generation.finishedMs = UnixTime.milliseconds
        generation.finishReason = outcome.finishReason
        generation.state = Generation.State(outcome, wasInterrupted: service.isInterrupting)
        let failure = outcome.error ?? outcome.wordlessness
        if let error = failure ?? outcome.omission, outcome.state != .cancelled {
            generation.errorCode = error.code.rawValue
            generation.errorDetail = error.message
            generation.errorReason = Problem.Reason(error)
            service.report(failure, of: generation)
        }
    }

    // MARK: Showing

    /// Appends events to the live stream and shows them to the viewer.
    private func emit(_ events: [StreamEvent]) {
        write(events)
        for event in events where !event.kind.isInternal {
            position.pass(event)
            show { viewer throws(ClientGone) in
                try viewer.send(id: position.description, event: event.kind.name, data: event.data)
            }
        }
    }

    /// Appends events to the live stream, behind those that it could not take before; it is tried
    /// again once a second at most.
    private func write(_ events: [StreamEvent], atOnce: Bool = false) {
        let now = ContinuousClock.now
        unwritten?.events += events
        if let unwritten, !atOnce, now - unwritten.since < .seconds(1) { return }
        do {
            try log.append(unwritten?.events ?? events)
            unwritten = nil
        } catch {
            if unwritten == nil { service.reportBrokenStream(error, of: generation) }
            unwritten = (unwritten?.events ?? events, now)
        }
    }

    /// Shows what has come; a sign of life when nothing has for long, so that the viewer's connection
    /// stays open while the model is silent.
    private func showPending() {
        if !pending.isEmpty {
            emit(StreamEvent.joined(pending))
            pending.removeAll(keepingCapacity: true)
        } else {
            if unwritten != nil { write([]) }
            show { viewer throws(ClientGone) in try viewer.idle() }
        }
    }

    private func show(_ send: (EventStream) throws(ClientGone) -> Void) {
        guard let viewer else { return }
        do { try send(viewer) } catch { self.viewer = nil }
    }
}
