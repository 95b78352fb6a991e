import HTTPClient
import Providers
import SQL
import Web

/// What to ask, and whom.
struct ChatCall: Sendable {
    let request: ChatRequest
    let endpoint: ProviderEndpoint
    /// What it costs where the provider does not say.
    let prices: ModelPrices?
}

/// A stored generation that has to be run: by the thread that holds it, to its end, whether or not
/// anybody watches.
final class GenerationRun {
    let opening: Generation
    private var generation: Generation
    private let call: ChatCall
    private let log: StreamLog
    private let cancellation: Cancellation
    private let service: GenerationService
    /// What has come with one read from the provider, and goes out together.
    private var pending: [StreamEvent] = []
    private var hasReasoned = false
    private var position = StreamPosition.start
    /// Who watches on this thread; `nil` when nobody does (any more).
    private var viewer: EventStream?
    private var lastSent = ContinuousClock.now
    private var logIsBroken = false

    init(
        _ generation: Generation, call: ChatCall, log: StreamLog, cancellation: Cancellation,
        service: GenerationService
    ) {
        opening = generation
        self.generation = generation
        self.call = call
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
        defer { service.forget(generation.id) }
        emit([.opening(generation)])
        let outcome = service.ask(call, cancellation: cancellation) {
            self.showPending()
        } onEvent: {
            self.take($0)
        }
        showPending()
        conclude(outcome)
        service.commit(
            generation, text: outcome.text,
            reasoning: outcome.reasoning.isEmpty ? nil : outcome.reasoning)
        emit([.usage(generation.usage), .closing(generation)])
        log.remove()
        return (generation, outcome.text)
    }

    private func take(_ event: ChatEvent) {
        switch event {
        case .text(let piece):
            noteFirstText()
            pending.append(StreamEvent(kind: .delta, payload: [UInt8](piece.utf8)))
        case .reasoning(let piece):
            generation.firstTokenMs = generation.firstTokenMs ?? UnixTime.milliseconds
            hasReasoned = true
            pending.append(StreamEvent(kind: .reasoning, payload: [UInt8](piece.utf8)))
        case .opened, .usage:
            break  // the outcome has it all
        }
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
        generation.upstreamID = outcome.origin.generationID
        generation.usage = Generation.Usage(outcome.usage?.estimated(with: call.prices))
        generation.finishReason = outcome.finishReason
        generation.state = Generation.State(outcome)
        if let error = outcome.error, generation.state != .stopped {
            generation.errorCode = error.code.rawValue
            generation.errorDetail = error.message
            service.report(error, of: generation)
        }
    }

    // MARK: Showing

    /// Appends events to the live stream and shows them to the viewer.
    private func emit(_ events: [StreamEvent]) {
        if !logIsBroken {
            do {
                try log.append(events)
            } catch {
                logIsBroken = true
                service.report(error, of: generation)
            }
        }
        for event in events {
            position.pass(event)
            show { viewer throws(ClientGone) in
                try viewer.send(id: position.description, event: event.kind.name, data: event.data)
            }
        }
    }

    /// Shows what has come; a sign of life when nothing has for long, so that the viewer's connection
    /// stays open while the model is silent.
    private func showPending() {
        if !pending.isEmpty {
            emit(StreamEvent.joined(pending))
            pending.removeAll(keepingCapacity: true)
        } else if viewer != nil, ContinuousClock.now - lastSent >= .seconds(15) {
            show { viewer throws(ClientGone) in try viewer.keepAlive() }
        }
    }

    private func show(_ send: (EventStream) throws(ClientGone) -> Void) {
        guard let viewer else { return }
        lastSent = .now
        do { try send(viewer) } catch { self.viewer = nil }
    }
}

extension Generation.State {
    /// What the end of a call means for the generation.
    init(_ outcome: ChatOutcome) {
        self =
            switch outcome.state {
            case .complete, .length, .filtered, .toolCalls: .completed
            case .cancelled: .stopped
            case .partial: .interrupted
            case .failed, .empty: .failed
            }
    }
}

extension Generation.Usage {
    init(_ usage: TokenUsage?) {
        self.init(
            promptTokens: usage?.promptTokens, completionTokens: usage?.completionTokens,
            reasoningTokens: usage?.reasoningTokens, cachedTokens: usage?.cachedTokens,
            costNanoUSD: usage?.costNano.map { Int($0) },
            costIsEstimated: usage?.isCostEstimated ?? false)
    }
}
