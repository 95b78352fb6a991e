import HTTPTypes
import Web

extension DemoProvider {
    /// The largest body read, in bytes.
    private static let bodyLimit = 32 << 20

    /// `POST /chat/completions`.
    func complete(_ request: Request) throws -> Response {
        _ = try key(of: request)
        let chat = try DemoRequest(request.json(limit: Self.bodyLimit))
        let model = try model(for: chat)
        switch model.reply(chat) {
        case .refuse(let response): return response
        case .play(let scenario):
            try request.admitLongWork()
            return answer(chat, by: model, scenario)
        }
    }

    private func model(for chat: DemoRequest) throws(Failure) -> Model {
        guard !chat.messages.isEmpty else {
            throw Failure(
                status: 400, message: "Input required: specify \"prompt\" or \"messages\"")
        }
        let id = chat.model ?? DemoModels.all[0].id
        guard let model = catalogue.model(id) else { throw .unknownModel(id) }
        guard chat.promptTokens <= model.contextLength else {
            throw .contextTooLong(chat.promptTokens, limit: model.contextLength)
        }
        return model
    }

    private func answer(_ chat: DemoRequest, by model: Model, _ scenario: Scenario) -> Response {
        let head = GenerationHead(model: model)
        let isStreamed = chat.isStreamed && scenario.form == .asAsked
        let usage = DemoUsage(price: model.price, promptTokens: chat.promptTokens)
        return Response(
            headers: headers(of: head, isStreamed: isStreamed),
            body: .stream { writer in
                let output: any Output =
                    isStreamed
                    ? EventOutput(writer, ChunkEncoder(head), scenario.framing, time)
                    : DocumentOutput(writer, head)
                var player = Player(
                    output, for: writer, usage: usage,
                    tokenLimit: min(chat.tokenLimit, model.maxCompletionTokens), time: time)
                try play(scenario, with: &player, head, isStreamed: isStreamed)
            })
    }

    /// Plays and keeps the record, also when the client leaves.
    private func play(
        _ scenario: Scenario, with player: inout Player, _ head: GenerationHead, isStreamed: Bool
    ) throws(ClientGone) {
        let start = time.now()
        var isCancelled = true
        defer {
            let end = time.now()
            log.append(
                GenerationRecord(
                    head: head, isStreamed: isStreamed, isCancelled: isCancelled,
                    finishReason: player.finishReason, usage: player.usage,
                    latency: player.firstDelta.map { $0 - start }, generationTime: end - start,
                    end: end))
        }
        try player.play(scenario.steps)
        isCancelled = false
    }

    /// Without a length, as every recorded answer is.
    private func headers(of head: GenerationHead, isStreamed: Bool) -> HTTPFields {
        [
            .contentType: isStreamed ? "text/event-stream" : "application/json",
            .cacheControl: "no-cache",
            .generationID: head.id,
            .accessControlAllowOrigin: "*",
            .accessControlExposeHeaders: "X-Generation-Id,X-Provider-Name,request-id,cf-ray",
            .xContentTypeOptions: "nosniff",
            .accelBuffering: "no",
        ]
    }
}

extension HTTPField.Name {
    static let generationID = Self("X-Generation-Id")!
    /// Makes nginx pass each event on at once.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}
