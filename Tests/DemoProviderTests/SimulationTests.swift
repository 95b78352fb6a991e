import HTTPTypes
import Testing

@testable import DemoProvider

@Suite struct SimulationTests {
    let demo = Fixture()

    /// Kinds of events from the first finish on: `f` finish, `e` error, `u` usage, `D` done.
    private func ending(_ model: String) throws -> [String] {
        let events = try demo.chat(model).events
        return events.map { event in
            if event == "[DONE]" { return "D" }
            var kinds =
                event.contains(#""finish_reason":null"#) || event.contains(#""choices":[]"#)
                ? "" : "f"
            if event.contains(#""error":{"#) { kinds += "e" }
            if event.contains(#""usage":{"#) { kinds += "u" }
            return kinds
        }.drop { $0.isEmpty }.map { $0 }
    }

    @Test(arguments: [
        ("usage-a", ["f", "u", "D"]), ("usage-b", ["f", "u", "D"]), ("usage-c", ["f", "fu", "D"]),
        ("usage-none", ["f", "D"]), ("no-done", ["f", "fu"]),
        ("double-done", ["f", "fu", "D", "D"]),
        ("only-done", ["D"]), ("truncate", []), ("midstream-error", ["fe"]),
        ("midstream-empty-choices", ["e", "D"]), ("midstream-string-code", ["fe", "D"]),
        ("midstream-silent", ["f", "D"]), ("length-empty", ["f", "fu", "D"]),
    ])
    func streamsEnd(name: String, kinds: [String]) throws {
        #expect(try ending("sim/" + name) == kinds)
    }

    @Test func usageHasThreePlaces() throws {
        let places = try ["a", "b", "c"].map { variant in
            let chunk = try #require(try demo.chat("sim/usage-\(variant)").chunks().last)
            return chunk.choices.first.map { $0.finishReason ?? "null" } ?? "no choice"
        }
        #expect(places == ["null", "no choice", "stop"])
    }

    @Test func onlyDoneHasNothingElse() throws {
        #expect(try demo.chat("sim/only-done").text == "data: [DONE]\n\n")
    }

    @Test func aModelMayThinkUntilItsTokensAreUsedUp() throws {
        let chunks = try demo.chat("sim/length-empty").chunks()
        #expect(chunks.last?.choices.first?.finishReason == "length")
        #expect(chunks.allSatisfy { $0.choices.first?.delta?.content == "" })
        #expect(chunks.contains { $0.choices.first?.delta?.reasoning != nil })
    }

    @Test func errorCodesComeAsTextToo() throws {
        #expect(try demo.chat("sim/midstream-error").text.contains(#""error":{"code":502,"#))
        #expect(try demo.chat("sim/midstream-string-code").text.contains(#""code":"server_error""#))
    }

    @Test func toolCallsComeInPieces() throws {
        let chunks = try demo.chat("sim/tools").chunks()
        let calls = chunks.compactMap { $0.choices.first?.delta?.toolCalls?.first }
        #expect(calls.map(\.id) == ["call_1", nil, nil, nil])
        #expect(calls.map(\.function.arguments).joined() == #"{"city": "Berlin"}"#)
        #expect(chunks.last?.choices.first?.finishReason == "tool_calls")
    }

    @Test func crlfStreamsHaveTwoDataLinesAndNoSpace() throws {
        let text = try demo.chat("sim/crlf").text
        let event = try #require(text.split(separator: "\r\n\r\n").first)
        let lines = event.split(separator: "\r\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("data:") })
        #expect(lines.first?.hasSuffix(",") == true && lines.first?.hasPrefix("data:{") == true)
        #expect(!text.replacing("\r\n", with: "").contains("\n"))
    }

    @Test func drippingSendsByteByByte() throws {
        let reply = try demo.chat("sim/drip")
        #expect(reply.pieces.count > 1_000)
        #expect(reply.pieces.allSatisfy { $0.bytes.count == 1 && $0.isFlushed })
    }

    @Test(arguments: [
        ("sim/silent-2", 2), ("sim/silent", 30), ("sim/stall-3", 3), ("sim/slow-1", 1),
    ])
    func theIdMayChooseTheSeconds(model: String, seconds: Int) throws {
        let reply = try demo.chat(model)
        #expect(reply.duration == .seconds(seconds))
        #expect(reply.text.contains(": OPENROUTER") == (model == "sim/slow-1"))
    }

    @Test func aHugeLineIsOneEvent() throws {
        let reply = try demo.chat("sim/huge-line-1")
        #expect(reply.events.contains { $0.utf8.count > 1 << 20 })
        #expect(reply.events.count == 5)
    }

    @Test func aStreamMayTurnOutToBeADocument() throws {
        let reply = try demo.chat("sim/json-for-stream")
        #expect(reply.headers[.contentType] == "application/json")
        #expect(try reply.decoded(Chunk.self).object == "chat.completion")
    }

    @Test(arguments: [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 524, 529])
    func anyErrorCanBeHad(status: Int) throws {
        let reply = try demo.chat("sim/err-\(status)")
        #expect(reply.status == status)
        #expect(reply.text.contains(#""code":\#(status),"metadata":{"error_type":""#))
        #expect(reply.text.hasSuffix(#","user_id":"user_demo"}"#))
        #expect(reply.headers[.generationID] == nil)
    }

    @Test(arguments: [("sim/err-520", 520), ("sim/html-502", 502), ("sim/html-403", 403)])
    func proxiesAnswerWithPages(model: String, status: Int) throws {
        let reply = try demo.chat(model)
        #expect(reply.status == status)
        #expect(reply.headers[.contentType] == "text/html; charset=UTF-8")
        #expect(reply.text.hasPrefix("<!DOCTYPE html>"))
    }

    @Test func rateLimitsHintInFourWays() throws {
        let resetName = try #require(HTTPField.Name("X-RateLimit-Reset"))
        func hints(_ model: String) throws -> (retryAfter: String?, reset: String?) {
            let reply = try demo.chat(model)
            #expect(reply.status == 429)
            return (reply.headers[.retryAfter], reply.headers[resetName])
        }
        #expect(try hints("sim/429-seconds") == ("2", nil))
        #expect(try hints("sim/429-none") == (nil, nil))
        #expect(try hints("sim/429-reset-ms").reset?.count == 13)
        let date = try #require(try hints("sim/429-date").retryAfter)
        #expect(date.count == 29 && date.hasSuffix(" GMT"))
    }

    @Test func successMayBeNone() throws {
        let error = try demo.chat("sim/err-in-200")
        #expect(error.status == 200 && error.text.hasPrefix(#"{"error":{"#))
        let empty = try demo.chat("sim/empty-200")
        #expect(empty.status == 200 && empty.body.isEmpty)
    }

    @Test func moderationSaysWhy() throws {
        let reply = try demo.chat("sim/moderated")
        #expect(reply.status == 403)
        #expect(reply.text.contains(#""reasons":["violence"],"flagged_input":"#))
    }
}
