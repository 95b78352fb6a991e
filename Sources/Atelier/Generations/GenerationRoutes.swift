import HTTPTypes
import JSON
import Web

/// Watching and stopping generations.
struct GenerationRoutes: Sendable {
    let generations: GenerationService
    let authenticator: Authenticator
    /// Those who watch what they did not just send.
    let viewers: PersonalPlaces

    func add(to router: inout Router) {
        router.get("/generations/{id}", read)
        router.get("/generations/{id}/events", events)
        router.post("/generations/{id}/stop", stop)
    }

    private struct Contents: JSONObject {
        let generation: Generation
        let text: String
        let reasoning: String?

        func writeMembers(to json: inout JSONWriter) {
            generation.writeMembers(to: &json)
            json.member("text", text)
            json.member("reasoning", reasoning)
        }
    }

    private func read(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let generation = try generation(of: request, caller)
        let place = try placeToRead(generation, of: caller)
        guard let stored = try generations.store.generationWithContent(generation.id) else {
            throw Problem.notFound("generation")
        }
        var response = Response.json(
            Contents(
                generation: stored.generation, text: stored.text, reasoning: stored.reasoning))
        response.hold(place)
        return response
    }

    /// A viewer's place for an answer that is long enough to matter to a worker's memory.
    private func placeToRead(
        _ generation: Generation, of caller: Caller
    ) throws -> PersonalPlaces.Place? {
        let sizes = try [StreamEvent.Kind.reasoning, .delta].map { kind in
            try generations.store.content(kind, of: generation)?.size ?? 0
        }
        return sizes.reduce(0, +) > MessageWindow.byteLimit ? try viewerPlace(of: caller) : nil
    }

    /// - Throws: ``Problem`` `too_many_viewers` when the person watches as many as they may.
    func viewerPlace(of caller: Caller) throws -> PersonalPlaces.Place {
        guard let place = try viewers.take(by: caller.user.id) else {
            throw PersonalPlaces.tooManyViewers(limit: viewers.limit)
        }
        return place
    }

    private func events(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let generation = try generation(of: request, caller)
        let start = try start(of: request)
        return try stream(generation, from: start, to: caller, request)
    }

    /// Behind the event the client saw last; `after` is for programs that cannot set headers.
    private func start(of request: Request) throws(Problem) -> StreamPosition {
        guard let text = request.headers[.lastEventID] ?? request.query["after"] else {
            return .start
        }
        guard let position = StreamPosition(text) else {
            throw .invalidParameter("Last-Event-ID", "must be the id of an event of this stream")
        }
        return position
    }

    private func stop(_ request: Request) throws -> Response {
        .json(try generations.stop(generation(of: request, authenticator.caller(of: request))))
    }

    private func generation(of request: Request, _ caller: Caller) throws -> Generation {
        guard
            let found = try generations.store.generation(
                request.parameter("id"), of: caller.user.id)
        else { throw Problem.notFound("generation") }
        return found
    }

    // MARK: Answers

    private struct Accepted: JSONObject {
        let generationID: String
        let messageID: String
        let userMessageID: String
        let conversationID: String

        func writeMembers(to json: inout JSONWriter) {
            json.member("generation_id", generationID)
            json.member("message_id", messageID)
            json.member("user_message_id", userMessageID)
            json.member("conversation_id", conversationID)
        }
    }

    /// 202 with the ids.
    func accepted(_ generation: Generation) -> Response {
        .json(
            Accepted(
                generationID: generation.id, messageID: generation.messageID,
                userMessageID: generation.userMessageID, conversationID: generation.conversationID),
            status: .accepted)
    }

    /// The answer to a request whose generation runs, or has run, elsewhere.
    func answer(
        for generation: Generation, of caller: Caller, to request: Request
    ) throws -> Response {
        request.accepts("text/event-stream")
            ? try stream(generation, from: .start, to: caller, request) : accepted(generation)
    }

    /// - Throws: ``Problem`` `too_many_viewers` when the person watches as many as they may.
    private func stream(
        _ generation: Generation, from start: StreamPosition, to caller: Caller,
        _ request: Request
    ) throws -> Response {
        let place = try viewerPlace(of: caller)
        try request.admitLongWork()
        return .events(while: authenticator.stillAdmits(caller)) { [generations] viewer in
            try withExtendedLifetime(place) {
                try generations.follow(generation.id, from: start) { event, position in
                    try viewer.send(
                        id: position.description, event: event.kind.name, data: event.data)
                } onPause: {
                    try viewer.idle()
                }
            }
        }
    }
}
