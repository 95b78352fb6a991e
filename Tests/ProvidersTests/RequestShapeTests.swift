import HTTPClient
import JSON
import TestSupport
import Testing

@testable import Providers

/// Servers that refuse something a request can do without.
@Suite struct RequestShapeTests {
    private let client = ChatClient(HTTPClient())

    /// A server that answers with `refusal` as long as `isRefused` finds something in the body.
    private func server(
        status: Int = 400, _ refusal: String,
        while isRefused: @escaping @Sendable (JSONValue) -> Bool
    ) throws -> LocalServer {
        try LocalServer { exchange in
            if let body = JSONValue(exchange.request.body), isRefused(body) {
                return try exchange.respond(status: status, body: refusal)
            }
            try exchange.respond(body: delta("text") + finish("stop") + done)
        }
    }

    private func ask(
        _ server: LocalServer, kind: ProviderKind = .compatible,
        _ request: ChatRequest = RequestShapeTests.request
    ) throws -> ChatOutcome {
        try client.stream(request, from: endpoint(server, kind: kind)) { _ in }
    }

    private static let request = ChatRequest(
        model: "m", messages: [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi")],
        maxTokens: 100, temperature: 0.3, user: "u1")

    @Test(
        "Case 16: what is refused is left out, and not asked twice; the words of many servers",
        arguments: [
            (
                "stream_options", 400,
                #"{"error":{"message":"stream_options: Extra inputs are not permitted","type":"invalid_request_error","code":400}}"#
            ),
            (
                "stream_options", 422,
                #"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{}}]}"#
            ),
            (
                "stream_options", 400,
                #"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null,"code":null}}"#
            ),
            (
                "stream_options", 500,
                #"{"error":"create() got an unexpected keyword argument 'stream_options'"}"#
            ),
            (
                "max_tokens", 400,
                #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#
            ),
            (
                "temperature", 400,
                #"{"error":{"message":"Unsupported value: 'temperature' does not support 0.3 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#
            ),
            (
                "user", 400,
                #"{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'user'), 'msg': 'Extra inputs are not permitted'}]","type":"BadRequestError","param":null,"code":400}"#
            ),
            (
                "stream", 400,
                #"{"error":{"message":"Unsupported value: 'stream' does not support true with this model.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}"#
            ),
            ("stream_options", 400, #"json: unknown field "stream_options""#),
            ("temperature", 422, #"{"error":{"message":"Extra inputs are not permitted"}}"#),
            (
                "stream", 400,
                #"{"error":{"message":"Your organization must be verified to stream this model.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}"#
            ),
            (
                "stream", 400,
                #"{"error":{"message":"Your organization must be verified to stream this model."}}"#
            ),
            ("stream", 400, #"{"error":{"message":"This model does not support streaming."}}"#),
            (
                "stream", 400,
                #"{"error":{"message":"Streaming is not supported for this model."}}"#
            ),
            ("stream", 422, #"{"error":{"message":"stream: must be false"}}"#),
            ("temperature", 400, #"{"error":{"message":"Invalid value","param":"temperature"}}"#),
            ("max_tokens", 400, #"{"error":{"message":"Invalid value","param":"max_tokens"}}"#),
            ("max_tokens", 400, #"{"message":"Invalid value","param":"body.max_tokens"}"#),
            (
                "stream_options", 400,
                #"{"error":{"message":"Invalid value","param":"stream_options.include_usage"}}"#
            ),
        ])
    func refusedField(field: String, status: Int, refusal: String) throws {
        let server = try server(status: status, refusal) { $0.contains(field) }
        let kind = field == "user" ? ProviderKind.openRouter : .compatible
        let first = try ask(server, kind: kind)
        #expect(first.state == .complete)
        #expect(first.text == "text")
        #expect(server.requests.count == 2)
        #expect(try ask(server, kind: kind).state == .complete)
        #expect(server.requests.count == 3, "and it is remembered")
    }

    @Test func theOtherNameOfTheLimitIsTried() throws {
        let server = try server(#"{"error":{"message":"'max_tokens' is not supported"}}"#) {
            $0.contains("max_tokens")
        }
        #expect(try ask(server).state == .complete)
        let body = try #require(server.requests.last.flatMap { JSONValue($0.body) })
        #expect(body["max_completion_tokens"].integer == 100)
        let openAI = try self.server(#"{"error":{"message":"unknown 'max_completion_tokens'"}}"#) {
            $0.contains("max_completion_tokens")
        }
        #expect(try ask(openAI, kind: .openAI).state == .complete)
        #expect(openAI.requests.last.flatMap { JSONValue($0.body) }?["max_tokens"].integer == 100)
    }

    @Test func oneFieldAfterTheOther() throws {
        let server = try LocalServer { exchange in
            let body = JSONValue(exchange.request.body) ?? .null
            for field in ["stream_options", "max_tokens", "max_completion_tokens", "temperature"]
            where body.contains(field) {
                return try exchange.respond(
                    status: 400, body: #"{"error":{"message":"unknown parameter: '\#(field)'"}}"#)
            }
            try exchange.respond(body: delta("text") + finish("stop") + done)
        }
        #expect(try ask(server).state == .complete)
        #expect(server.requests.count == 5)
        #expect(try ask(server).state == .complete)
        #expect(server.requests.count == 6)
    }

    @Test("What a server does not know it need not be asked for another model")
    func ofTheServer() throws {
        let server = try server(#"{"error":{"message":"stream_options is unknown"}}"#) {
            $0.contains("stream_options")
        }
        var other = Self.request
        other.model = "n"
        #expect(try ask(server).state == .complete)
        #expect(try ask(server, other).state == .complete)
        #expect(server.requests.count == 3)
    }

    @Test(
        "A refusal that nothing can be done about stands, and is asked once",
        arguments: [
            (400, #"{"error":{"message":"The user must not shout"}}"#, .error),
            (400, #"{"error":{"message":"Invalid value"}}"#, .error),
            (401, #"{"error":{"message":"stream_options need a key"}}"#, .auth),
            (429, #"{"error":{"message":"stream_options: later"}}"#, .rateLimited),
            (503, #"{"error":{"message":"stream_options: away"}}"#, .unavailable),
            (404, #"{"error":{"message":"The model `m` does not exist"}}"#, .modelUnknown),
        ] as [(Int, String, ProviderError.Code)])
    func otherRefusals(status: Int, refusal: String, code: ProviderError.Code) throws {
        let server = try server(status: status, refusal) { _ in true }
        let outcome = try ask(server)
        #expect(outcome.error?.code == code)
        #expect(outcome.wasRefused)
        #expect(server.requests.count == 1)
    }

    @Test("A server that refuses everything is asked a few times, not for ever")
    func hopeless() throws {
        let server = try server(
            #"{"error":{"message":"Unrecognized: stream_options, max_tokens"}}"#
        ) { _ in true }
        #expect(try ask(server).error?.code == .error)
        #expect(server.requests.count < 6)
        let before = server.requests.count
        _ = try ask(server)
        #expect(server.requests.count == 2 * before, "what did not help is not remembered")
    }

    @Test("An answer that is longer than there is room for is asked for without a limit")
    func limitTooHigh() throws {
        let refusal = #"""
            {"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 100. This model's maximum context length is 64 tokens and your request has 12 input tokens (100 > 64 - 12).","type":"BadRequestError","code":400}
            """#
        let server = try server(refusal) {
            $0.contains("max_tokens") || $0.contains("max_completion_tokens")
        }
        #expect(try ask(server, kind: .vllm).state == .complete)
    }

    @Test(
        "A limit that is too high is left out, whatever the server behind calls it",
        arguments: [
            "litellm.BadRequestError: AnthropicException - max_tokens: 8192 > 4096, which is the "
                + "maximum allowed number of output tokens for claude-3-opus-20240229",
            "Invalid max_tokens value, the valid range of max_tokens is [1, 4096]",
            "`max_tokens` must be less than or equal to `4096`, the maximum value for `max_tokens` "
                + "is less than the `context_window` for this model",
            "max_tokens is too large: 32768. This model supports at most 4096 completion tokens, "
                + "whereas you provided 32768.",
            "The maximum tokens you requested exceeds the model limit of 4096.",
            "Unable to submit request because it has a maxOutputTokens value of 9000 but the "
                + "supported range is from 1 (inclusive) to 8193 (exclusive).",
        ])
    func limitOfOtherNames(words: String) throws {
        let server = try server(#"{"error":{"message":"\#(words)"}}"#) {
            $0.contains("max_tokens") || $0.contains("max_completion_tokens")
        }
        for kind in [ProviderKind.compatible, .openAI] {
            #expect(try ask(server, kind: kind).state == .complete)
        }
    }

    @Test(
        "A short key, as servers that want none are given, hides no word of a refusal",
        arguments: ["x", "none", "stream_options"])
    func shortKey(key: String) throws {
        let server = try server(#"{"error":{"message":"unknown 'stream_options', try none"}}"#) {
            $0.contains("stream_options")
        }
        let endpoint = try ProviderEndpoint(
            name: "test", baseURL: HTTPURL(server.url + "/v1", allowPlainHTTP: true),
            apiKey: Secret(key), kind: .compatible, timeouts: patience())
        #expect(client.stream(Self.request, from: endpoint) { _ in }.state == .complete)
    }

    // MARK: Roles

    private func roles(_ request: LocalServer.Request?) -> [String] {
        (request.flatMap { JSONValue($0.body) } ?? .null)["messages"].elements.map {
            $0["role"].text ?? ""
        }
    }

    @Test("Case 15: what was left unanswered and what follows are one message")
    func alternating() throws {
        let server = try server(#"{"error":{"message":"roles must alternate"}}"#) { body in
            let roles = body["messages"].elements.map { $0["role"].text }
            return zip(roles, roles.dropFirst()).contains { $0 == $1 }
        }
        var request = Self.request
        request.messages = [
            ChatMessage(.user, "One?"), ChatMessage(.assistant, "One."), ChatMessage(.user, "Two?"),
            ChatMessage(.user, "Three?"),
        ]
        #expect(try ask(server, request).state == .complete)
        #expect(server.requests.count == 1)
        #expect(roles(server.requests.last) == ["user", "assistant", "user"])
        let last = server.requests.last.flatMap { JSONValue($0.body) }?["messages"].elements.last
        #expect(last?["content"].text == "Two?\n\nThree?")
    }

    @Test func whatIsCutOffInTheMiddleBeginsWithThePerson() throws {
        let server = try server("") { _ in false }
        var request = Self.request
        request.messages = [
            ChatMessage(.system, "s"), ChatMessage(.assistant, "One."), ChatMessage(.user, "Two?"),
        ]
        _ = try ask(server, request)
        #expect(roles(server.requests.last) == ["system", "user"])
    }

    @Test(
        "A system message that is refused goes into the person's first one",
        arguments: [
            (400, #"{"object":"error","message":"System role not supported","code":400}"#),
            (
                400,
                #"{"object":"error","message":"Conversation roles must alternate user/assistant/user/assistant/...","code":400}"#
            ),
            (
                500,
                #"{"error":{"message":"System message is not supported","type":"server_error"}}"#
            ),
        ])
    func noSystem(status: Int, refusal: String) throws {
        let server = try server(status: status, refusal) {
            $0["messages"].elements.first?["role"].text == "system"
        }
        #expect(try ask(server).state == .complete)
        let messages =
            server.requests.last.flatMap { JSONValue($0.body) }?["messages"].elements ?? []
        #expect(messages.map { $0["role"].text } == ["user"])
        #expect(messages.first?["content"].text == "Be brief.\n\nHi")
        _ = try ask(server)
        #expect(server.requests.count == 3)
    }

    @Test(
        "Going on with an answer where the last word must be the person's",
        arguments: [
            #"{"message":"Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant","type":"invalid_request_error"}"#,
            #"{"error":{"message":"This model does not support assistant message prefill. The conversation must end with a user message."}}"#,
        ])
    func prefill(refusal: String) throws {
        let server = try server(refusal) {
            $0["messages"].elements.last?["role"].text == "assistant"
        }
        var request = Self.request
        request.messages += [ChatMessage(.assistant, "It beg")]
        #expect(try ask(server, request).state == .complete)
        #expect(roles(server.requests.last) == ["system", "user", "assistant", "user"])
    }

    @Test("LM Studio says in a stream that it cannot use the roles")
    func refusedInStream() throws {
        let server = try LocalServer { exchange in
            let isFirst = exchange.request.bodyText.contains(#""system""#)
            try exchange.respond(
                headers: [("Content-Type", "text/event-stream")],
                body: isFirst
                    ? "event: error\ndata: {\"error\":{\"message\":\"Error rendering prompt with "
                        + "jinja template: Conversation roles must alternate\"}}\n\n"
                    : delta("text") + finish("stop") + done)
        }
        #expect(try ask(server).text == "text")
        #expect(server.requests.count == 2)
    }

    @Test("What may be charged is not asked again unseen: whoever accounts for it has to know")
    func failedInStreamUnderAnID() throws {
        let server = try LocalServer { exchange in
            let isFirst = exchange.request.bodyText.contains(#""system""#)
            let error =
                "data: {\"id\":\"gen-7\",\"error\":{\"message\":\"Conversation roles must alternate\"},"
                + "\"choices\":[]}\n\n"
            try exchange.respond(
                headers: [("Content-Type", "text/event-stream")],
                body: isFirst ? error : delta("text") + finish("stop") + done)
        }
        let outcome = try ask(server)
        #expect(outcome.state == .failed)
        #expect(outcome.origin.generationID == "gen-7")
        #expect(server.requests.count == 1)
    }
}
