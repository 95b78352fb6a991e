import HTTPClient
import TestSupport

@testable import Providers

let testKey = "sk-or-v1-0123456789abcdef0123456789abcdef"

/// Limits that no test should reach.
func patience() -> ProviderTimeouts {
    var timeouts = ProviderTimeouts()
    timeouts.connect = .seconds(20)
    timeouts.firstByte = .seconds(20)
    timeouts.idle = .seconds(20)
    timeouts.progress = .seconds(20)
    timeouts.total = .seconds(60)
    timeouts.modelList = .seconds(20)
    return timeouts
}

func endpoint(
    _ server: LocalServer, name: String = "test", kind: ProviderKind = .openRouter,
    timeouts: ProviderTimeouts = patience()
) throws -> ProviderEndpoint {
    try ProviderEndpoint(
        name: name, baseURL: HTTPURL(server.url + "/v1", allowPlainHTTP: true),
        apiKey: Secret(testKey), kind: kind, timeouts: timeouts)
}

let question = ChatRequest(
    model: "acme/writer-2", messages: [ChatMessage(.user, "Hello?")], maxTokens: 100)

/// A chat answer as a client of the library sees it.
struct Chat {
    var events: [ChatEvent] = []
    var outcome = ChatOutcome(state: .failed)

    var text: String {
        events.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
    var reasoning: String {
        events.map { if case .reasoning(let text) = $0 { text } else { "" } }.joined()
    }

    init(
        _ server: LocalServer, kind: ProviderKind = .openRouter,
        timeouts: ProviderTimeouts = patience()
    )
        throws
    {
        let endpoint = try endpoint(server, kind: kind, timeouts: timeouts)
        outcome = ChatClient(HTTPClient()).stream(question, from: endpoint) {
            events.append($0)
        }
    }

    /// Has a server answer with `body`, one byte at a time.
    init(
        answer body: some Sequence<UInt8>, status: Int = 200,
        headers: [(String, String)] = [("Content-Type", "text/event-stream")]
    ) throws {
        let body = Array(body)
        let server = try LocalServer { exchange in
            let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            try exchange.write(
                "HTTP/1.1 \(status) S\r\n\(fields)Content-Length: \(body.count)\r\n\r\n")
            try exchange.drip(body)
            exchange.keepsConnection = true
        }
        try self.init(server)
    }

    init(
        answer body: String, status: Int = 200,
        headers: [(String, String)] = [("Content-Type", "text/event-stream")]
    ) throws {
        try self.init(answer: body.utf8, status: status, headers: headers)
    }
}

/// `data: {…}` with one choice, whose fields besides the index are given as JSON.
func event(_ choice: String, _ rest: String = "") -> String {
    #"data: {"id":"gen-1","object":"chat.completion.chunk","created":1,"model":"acme/writer-2-0501","#
        + #""provider":"Acme","choices":[{"index":0,\#(choice)}]\#(rest)}"# + "\n\n"
}

/// The event of a piece of text.
func delta(_ text: String) -> String {
    event(#""delta":{"role":"assistant","content":"\#(text)"},"finish_reason":null"#)
}

func finish(_ reason: String, _ rest: String = "") -> String {
    event(#""delta":{"content":""},"finish_reason":"\#(reason)","native_finish_reason":"x""#, rest)
}

let done = "data: [DONE]\n\n"

let usageJSON =
    #","usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18,"cost":0.000042,"#
    + #""is_byok":false,"prompt_tokens_details":{"cached_tokens":3},"#
    + #""completion_tokens_details":{"reasoning_tokens":2}}"#
