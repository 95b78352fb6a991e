import Testing

@testable import Providers

@Suite("14.35, 36: tool calls in fragments") struct ToolCallTests {
    private func calls(_ fragments: String..., finishReason: String = "tool_calls") throws
        -> [ToolCall]
    {
        let events = fragments.map { event(#""delta":{"content":null,"tool_calls":[\#($0)]}"#) }
        let chat = try Chat(answer: events.joined() + finish(finishReason) + done)
        #expect(chat.outcome.state == .toolCalls)
        #expect(chat.outcome.error == nil)
        return chat.outcome.toolCalls
    }

    private let weather = ToolCall(
        id: "call_a1", name: "get_weather", arguments: #"{"city": "Berlin"}"#)

    @Test func asDocumented() throws {
        let calls = try calls(
            #"{"index":0,"id":"call_a1","type":"function","function":{"name":"get_weather","arguments":""}}"#,
            #"{"index":0,"function":{"arguments":""}}"#,
            #"{"index":0,"function":{"arguments":"{\"city\": \"Ber"}}"#,
            #"{"index":0,"function":{"arguments":"lin\"}"}}"#)
        #expect(calls == [weather])
    }

    @Test("14.36: the finish reason says stop")
    func finishedWithStop() throws {
        let calls = try calls(
            #"{"index":0,"id":"call_a1","function":{"name":"get_weather","arguments":"{\"city\": \"Berlin\"}"}}"#,
            finishReason: "stop")
        #expect(calls == [weather])
    }

    @Test func withoutIndexAndId() throws {
        let calls = try calls(
            #"{"id":"call_a1","function":{"name":"get_weather","arguments":"{\"city\":"}}"#,
            #"{"function":{"arguments":" \"Berlin\"}"}}"#,
            #"{"function":{"name":"other","arguments":"{}"}}"#)
        #expect(calls == [weather, ToolCall(id: nil, name: "other", arguments: "{}")])
    }

    @Test func withIdAndNameInEachFragment() throws {
        let calls = try calls(
            #"{"id":"call_a1","function":{"name":"get_weather","arguments":"{\"city\":"}}"#,
            #"{"id":"call_b2","function":{"name":"other","arguments":""}}"#,
            #"{"id":"call_a1","function":{"name":"get_weather","arguments":" \"Berlin\"}"}}"#)
        #expect(calls == [weather, ToolCall(id: "call_b2", name: "other", arguments: "{}")])
    }

    @Test func interleavedByIndexWithTheNameInPieces() throws {
        let calls = try calls(
            #"{"index":0,"id":"call_a1","function":{"name":"get_"}},{"index":1,"id":"b","function":{"name":"x"}}"#,
            #"{"index":0,"function":{"name":"weather","arguments":"{\"city\": "}}"#,
            #"{"index":1,"function":{"arguments":"{\"a\""}},{"index":0,"function":{"arguments":"\"Berlin\"}"}}"#
        )
        #expect(calls == [weather, ToolCall(id: "b", name: "x", arguments: #"{"a""#)])
    }

    @Test func argumentsAsAnObject() throws {
        let calls = try calls(#"{"function":{"name":"f","arguments":{"a":[1,2.5,true,null,"x"]}}}"#)
        #expect(calls == [ToolCall(id: nil, name: "f", arguments: #"{"a":[1,2.5,true,null,"x"]}"#)])
    }

    @Test func noiseIsNoCall() throws {
        let chat = try Chat(
            answer: event(#""delta":{"content":"text","tool_calls":[]}"#)
                + event(#""delta":{"tool_calls":null}"#)
                + event(#""delta":{"tool_calls":[null,7]}"#)
                + finish("stop") + done)
        #expect(chat.outcome.toolCalls.isEmpty)
        #expect(chat.outcome.state == .complete)
    }
}
