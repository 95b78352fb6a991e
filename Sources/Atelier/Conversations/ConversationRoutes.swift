import HTTPTypes
import Web

/// Conversations and their messages.
struct ConversationRoutes: Sendable {
    let conversations: ConversationService
    let titles: TitleMaker
    let generations: GenerationRoutes
    let authenticator: Authenticator

    func add(to router: inout Router) {
        router.get("/conversations", list)
        router.post("/conversations", create)
        router.get("/conversations/{id}", read)
        router.patch("/conversations/{id}", change)
        router.delete("/conversations/{id}", remove)
        router.post("/conversations/{id}/restore", restore)
        router.get("/conversations/{id}/messages", messages)
        router.post("/conversations/{id}/messages", send)
    }

    private func list(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let cursor = try request.query.text("cursor", limit: 100).map { text in
            guard let cursor = ConversationCursor(text) else {
                throw Problem.invalidParameter("cursor", "must be a next_cursor of this list")
            }
            return cursor
        }
        return .json(
            try conversations.list(
                of: caller.user,
                deleted: wantsDeleted(request),
                titlePart: request.query.text("q", limit: Title.byteLimit)?.singleLine,
                before: cursor,
                limit: request.query.integer("limit", in: 1...200, default: 30)))
    }

    private func wantsDeleted(_ request: Request) throws(Problem) -> Bool {
        switch request.query["deleted"] {
        case "true": true
        case nil, "false": false
        default: throw .invalidParameter("deleted", "must be true or false")
        }
    }

    private func create(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let body = try request.json()
        return .json(
            try conversations.create(
                title: body.text(ifAny: "title"), model: body.text(ifAny: "model"),
                fallbackModels: body.texts(ifAny: "fallback_models"), by: caller.user),
            status: .created)
    }

    private func read(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        return .json(try conversations.conversation(request.parameter("id"), of: caller.user))
    }

    private func change(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let body = try request.json()
        return .json(
            try conversations.change(
                request.parameter("id"), of: caller.user, title: body.text(ifAny: "title"),
                model: body.text(ifAny: "model"),
                fallbackModels: body.texts(ifAny: "fallback_models"),
                activeMessageID: body.text(ifAny: "active_message_id")))
    }

    private func remove(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        try conversations.remove(request.parameter("id"), of: caller.user)
        return .noContent
    }

    private func restore(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        return .json(try conversations.restore(request.parameter("id"), of: caller.user))
    }

    private func messages(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        var place: PersonalPlaces.Place?
        var response = Response.json(
            try conversations.messages(
                of: request.parameter("id"), of: caller.user, at: messagePlace(of: request),
                limit: request.query.integer("limit", in: 1...200, default: 50)
            ) { place = try generations.viewerPlace(of: caller) })
        response.hold(place)
        return response
    }

    /// `cursor`, `after` and `around` name a message; `from` is `start` or `end`. One of them.
    private func messagePlace(of request: Request) throws(Problem) -> MessagePlace {
        let query = request.query
        let given = ["cursor", "after", "around", "from"].filter { query[$0] != nil }
        guard given.count <= 1 else {
            throw .invalidParameter(given[1], "cannot be given beside \(given[0])")
        }
        if let id = query["cursor"] { return .endingIn(id) }
        if let id = query["after"] { return .after(id) }
        if let id = query["around"] { return .around(id) }
        switch query["from"] {
        case "start": return .start
        case nil, "end": return .end
        default: throw .invalidParameter("from", "must be start or end")
        }
    }

    // MARK: Sending

    /// The longest text with all that is not ASCII escaped, which takes three times as much, and the
    /// rest.
    private static let messageBodyLimit = TextField.messageText.limit * 3 + 4096

    private func send(_ request: Request) throws -> Response {
        let caller = try authenticator.caller(of: request)
        let bytes = try request.bytes(limit: Self.messageBodyLimit)
        let draft = try MessageDraft(request.json(from: bytes))
        let key = try IdempotencyKey(of: request, body: bytes)
        try request.admitLongWork()
        switch try conversations.send(
            draft, to: request.parameter("id"), of: caller.user, key: key)
        {
        case .repeated(let generation):
            return try generations.answer(for: generation, of: caller, to: request)
        case .begun(let run, let wantsTitle):
            return answer(
                running: run, titleFor: wantsTitle ? caller.user : nil, of: caller, to: request)
        }
    }

    /// Runs the generation while the client watches, or after it has its answer.
    ///
    /// - Parameter user: Whose conversation gets a title then, if it wants one.
    private func answer(
        running run: GenerationRun, titleFor user: User?, of caller: Caller, to request: Request
    ) -> Response {
        let result = RunResult()
        var response: Response
        if request.accepts("text/event-stream") {
            response = .events(while: generations.authenticator.stillAdmits(caller)) { viewer in
                result.value = run.execute(viewer: viewer)
            }
        } else {
            response = generations.accepted(run.opening)
        }
        response.afterwards = {
            let done = result.value ?? run.execute()
            if let user {
                titles.improveTitle(after: done.generation, answer: done.text, for: user)
            }
        }
        return response
    }

    private final class RunResult {
        var value: (generation: Generation, text: String)?
    }
}
