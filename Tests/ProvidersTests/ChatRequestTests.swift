import HTTPClient
import JSON
import Testing

@testable import Providers

@Suite struct ChatRequestTests {
    private func wire(_ request: ChatRequest, _ kind: ProviderKind) throws -> JSONValue {
        try #require(JSONValue(request.encoded(for: kind)))
    }

    private func keys(_ json: JSONValue) -> [String] {
        guard case .object(let members) = json else { return [] }
        return members.map(\.key).sorted()
    }

    private func text(_ value: JSONValue) -> String {
        String(decoding: JSONWriter.bytes(of: sorted(value)), as: UTF8.self)
    }

    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(
                members.sorted { $0.key < $1.key }
                    .map { JSONValue.Member(key: $0.key, value: sorted($0.value)) })
        default: value
        }
    }

    private var full: ChatRequest {
        var request = ChatRequest(
            model: "acme/writer-2",
            messages: [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Grüße \"/\"\n")],
            maxTokens: 1_024, temperature: 0.7, reasoningEffort: .low, user: "u_1")
        request.fallbackModels = ["other/backup-1"]
        return request
    }

    @Test func openRouterGetsEverything() throws {
        let body = try wire(full, .openRouter)
        #expect(
            keys(body) == [
                "max_tokens", "messages", "model", "models", "reasoning", "stream",
                "stream_options", "temperature", "user",
            ])
        #expect(
            text(body["messages"])
                == #"[{"content":"Be brief.","role":"system"},{"content":"Grüße \"/\"\n","role":"user"}]"#
        )
        #expect(text(body["models"]) == #"["acme/writer-2","other/backup-1"]"#)
        #expect(text(body["reasoning"]) == #"{"effort":"low"}"#)
        #expect(text(body["max_tokens"]) == "1024")
        #expect(text(body["stream"]) == "true")
        #expect(text(body["stream_options"]) == #"{"include_usage":true}"#)
    }

    @Test(
        "Other servers get what they know",
        arguments: [
            (.openAI, ["max_completion_tokens", "reasoning_effort", "user"]),
            (.vllm, ["max_tokens", "reasoning_effort"]),
            (.ollama, ["max_tokens", "reasoning_effort"]),
            (.compatible, ["max_tokens", "reasoning_effort"]), (.llamaCpp, ["max_tokens"]),
        ] as [(ProviderKind, [String])])
    func otherKinds(kind: ProviderKind, extra: [String]) throws {
        let common = ["messages", "model", "stream", "stream_options", "temperature"]
        #expect(try keys(wire(full, kind)) == (common + extra).sorted())
    }

    @Test func whatIsNotSaidIsNotSent() throws {
        let body = try wire(question, .openRouter)
        #expect(
            keys(body) == ["max_tokens", "messages", "model", "stream", "stream_options"])
    }

    @Test func severalPartsGoAsAnArray() throws {
        var request = question
        request.messages = [ChatMessage(.user, [.text("a"), .text("b")])]
        #expect(
            try text(wire(request, .openRouter)["messages"])
                == #"[{"content":[{"text":"a","type":"text"},{"text":"b","type":"text"}],"role":"user"}]"#
        )
    }

    @Test(
        arguments: [
            ("https://openrouter.ai/api/v1", .openRouter),
            ("https://eu.openrouter.ai/api/v1", .openRouter),
            ("https://notopenrouter.ai/", .auto), ("https://api.openai.com/v1", .openAI),
            ("http://localhost:11434/v1", .ollama), ("http://localhost:8000/v1", .auto),
        ] as [(String, ProviderKind)])
    func theAddressMayTellTheKind(url: String, kind: ProviderKind) throws {
        #expect(try ProviderKind.guess(from: HTTPURL(url, allowPlainHTTP: true)) == kind)
    }
}
