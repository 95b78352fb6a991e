public import HTTPClient
import HTTPTypes
import JSON

/// Talks to models over OpenAI's chat protocol, as OpenRouter, OpenAI, vLLM, Ollama and llama.cpp
/// speak it.
public struct ChatClient: Sendable {
    private static let maximumErrorBytes = 256 << 10
    /// With pictures and the wrapping of each token.
    private static let maximumAnswerBytes = 64 << 20

    /// What an answer of so many tokens may have, in bytes: more than any has that heeds them, with
    /// thoughts that do not count.
    private static func contentLimit(tokens: Int) -> Int {
        max(1 << 20, min(tokens, 1 << 20) * 256)
    }

    let http: HTTPClient
    private let shapes = RequestShapes()

    public init(_ http: HTTPClient) {
        self.http = http
    }

    /// Sends `request` and hands the answer over as it comes in. Blocks until it has ended.
    ///
    /// Every way a provider can fail is an outcome, not an error. Nothing is retried, see
    /// ``ChatOutcome/mayRetry``, but for a request that is refused, and so not charged, for something
    /// that it can do without: it is sent again without that, and so is every later one.
    ///
    /// - Parameters:
    ///   - endpoint: The provider. With ``ProviderKind/auto`` only the common fields are sent;
    ///     ``ModelCatalogue/resolve(_:)`` gives endpoints whose kind is known.
    ///   - cancellation: Ends the answer from another thread, in well under 100 ms.
    ///   - onPause: Called when all events at hand have been handed over, and now and then while
    ///     the provider is silent: the time to show what has come.
    ///   - onEvent: Called on this thread. A slow one slows the provider down.
    /// - Throws: Only what `onEvent` throws, which ends the answer.
    public func stream<Failure: Error>(
        _ request: ChatRequest, from endpoint: ProviderEndpoint,
        cancellation: Cancellation = Cancellation(), onPause: () -> Void = {},
        onEvent: (ChatEvent) throws(Failure) -> Void
    ) throws(Failure) -> ChatOutcome {
        do {
            return try answer(
                to: request, from: endpoint, cancellation: cancellation, onPause: onPause,
                onEvent: onEvent)
        } catch {
            throw error as! Failure  // nothing else throws
        }
    }

    private func answer(
        to request: ChatRequest, from endpoint: ProviderEndpoint, cancellation: Cancellation,
        onPause: () -> Void, onEvent: (ChatEvent) throws -> Void
    ) throws -> ChatOutcome {
        let known = shapes.shape(of: request.model, at: endpoint)
        var shape = known
        while true {
            let outcome = try answer(
                to: request, of: shape, from: endpoint, cancellation: cancellation,
                onPause: onPause, onEvent: onEvent)
            guard !cancellation.isCancelled,
                let next = shape.adapted(to: outcome, of: request, for: endpoint.kind)
            else {
                if shape != known && outcome.error == nil {
                    shapes.note(shape, of: request.model, at: endpoint)
                }
                return outcome
            }
            shape = next
        }
    }

    private func answer(
        to request: ChatRequest, of shape: RequestShape, from endpoint: ProviderEndpoint,
        cancellation: Cancellation, onPause: () -> Void, onEvent: (ChatEvent) throws -> Void
    ) throws -> ChatOutcome {
        let redactor = Redactor(endpoint.apiKey)
        let call: HTTPClient.Request
        do {
            call = try Self.call(request, shape, endpoint)
        } catch {
            return .refused(
                ProviderError(.error, details: redactor.excerpt("\(error)", limit: 1_000)))
        }
        var answer = Answer(
            contentLimit: Self.contentLimit(tokens: request.maxTokens),
            progress: endpoint.timeouts.progress)
        do {
            try http.stream(call, cancellation: cancellation) { head in
                try answer.begin(head, onEvent)
            } onBody: { bytes in
                try answer.feed(bytes, onEvent)
            } onPause: {
                onPause()
            }
            try answer.end(onEvent)
            return answer.finished(failure: nil, redactor)
        } catch {
            guard let failure = answer.judge(error, redactor) else { throw error }
            try answer.breakOff(onEvent)
            return answer.finished(failure: failure, redactor)
        }
    }

    private static func call(
        _ request: ChatRequest, _ shape: RequestShape, _ endpoint: ProviderEndpoint
    ) throws -> HTTPClient.Request {
        var call = endpoint.request(
            .post, "chat/completions", body: request.encoded(for: endpoint.kind, shape))
        call.headers[.accept] = "text/event-stream, application/json"
        call.acceptsCompression = false
        call.maximumResponseBytes = maximumAnswerBytes
        return call
    }

    /// One answer on its way in.
    private struct Answer {
        let contentLimit: Int
        let progress: Duration
        private var head: HTTPResponse?
        private var reader: ChatResponseReader?
        private var errorBody: [UInt8] = []
        private var callerThrew = false

        init(contentLimit: Int, progress: Duration) {
            self.contentLimit = contentLimit
            self.progress = progress
        }

        mutating func begin(_ head: HTTPResponse, _ onEvent: (ChatEvent) throws -> Void) throws {
            self.head = head
            guard head.status.code < 300 else { return }
            let id = head.headerFields[generationID]?.cut(toBytes: ModelInfo.longestID)
            reader = ChatResponseReader(
                generationID: id, contentLimit: contentLimit, progress: progress)
            callerThrew = true
            try onEvent(.opened(ChatOrigin(generationID: id)))
            callerThrew = false
        }

        mutating func feed(
            _ bytes: UnsafeRawBufferPointer, _ onEvent: (ChatEvent) throws -> Void
        ) throws -> HTTPClient.Demand {
            guard let reader else {
                errorBody.append(contentsOf: bytes.prefix(maximumErrorBytes - errorBody.count))
                return errorBody.count < maximumErrorBytes ? .more : .enough
            }
            return try reader.feed(bytes) { event in
                callerThrew = true
                try onEvent(event)
                callerThrew = false
            }
        }

        /// What an error of the transfer means; `nil` when the caller's closure threw it.
        func judge(_ error: any Error, _ redactor: Redactor) -> ProviderError? {
            if callerThrew { return nil }
            return switch error {
            case let error as HTTPClientError: ProviderError(error)
            case is ChatResponseReader.NoProgress:
                ProviderError(.timeout, details: "signs of life, but no event")
            case is ServerSentEventTooLong:
                ProviderError(
                    .error, "The provider sends more than can be taken in.", details: "\(error)")
            default: ProviderError(.error, details: redactor.excerpt("\(error)", limit: 1_000))
            }
        }

        /// The transfer has ended well: takes what is left.
        mutating func end(_ onEvent: (ChatEvent) throws -> Void) throws {
            try reader?.finish { event in
                callerThrew = true
                try onEvent(event)
                callerThrew = false
            }
        }

        /// The transfer has broken: what was held back is all that comes.
        mutating func breakOff(_ onEvent: (ChatEvent) throws -> Void) throws {
            try reader?.flush(hasEnded: false) { event in try onEvent(event) }
        }

        func finished(failure: ProviderError?, _ redactor: Redactor) -> ChatOutcome {
            var outcome = judged(failure: failure, redactor)
            outcome.error?.requestID = head.flatMap { Self.requestID($0, redactor) }
            return outcome
        }

        private func judged(failure: ProviderError?, _ redactor: Redactor) -> ChatOutcome {
            guard let head else {
                return .refused(failure ?? ProviderError(.emptyAnswer, isRetryable: true))
            }
            guard let reader else {
                if let failure, failure.code == .cancelled { return .refused(failure) }
                return .refused(ProviderError(head: head, body: errorBody, redactor: redactor))
            }
            return reader.assembly.finished(failure: failure, redactor: redactor)
        }

        /// What to name to the provider's support.
        private static func requestID(_ head: HTTPResponse, _ redactor: Redactor) -> String? {
            let names = ["x-request-id", "request-id", "X-Generation-Id", "cf-ray"]
            let id = names.lazy.compactMap { head.headerFields[HTTPField.Name($0)!] }.first
            return id.map { redactor.excerpt($0, limit: 100) }.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}

extension ChatOutcome {
    /// Nothing of an answer came.
    fileprivate static func refused(_ error: ProviderError) -> ChatOutcome {
        var outcome = ChatOutcome(state: error.code == .cancelled ? .cancelled : .failed)
        outcome.error = error
        outcome.wasRefused = error.status != nil
        return outcome
    }
}

private let generationID = HTTPField.Name("X-Generation-Id")!
