import HTTPClient
import TestSupport
import Testing

@testable import Providers

/// Answers that end well, in all the shapes that servers give them. Every body is sent one byte at a
/// time.
@Suite struct ChatStreamTests {
    @Test("14.1, 13: comments, UTF-8 in pieces, an ordinary end")
    func ordinaryAnswer() throws {
        let chat = try Chat(
            answer: ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + delta("Grü")
                + ": OPENROUTER PROCESSING\n\n" + delta("ße 👋 – 15 °C") + finish("stop")
                + finish("stop", usageJSON) + done,
            headers: [
                ("Content-Type", "text/event-stream"), ("X-Generation-Id", "gen-1"),
            ])
        let usage = TokenUsage(
            promptTokens: 12, completionTokens: 6, reasoningTokens: 2, cachedTokens: 3,
            costNano: 42_000)
        #expect(
            chat.events == [
                .opened(ChatOrigin(generationID: "gen-1")),
                .opened(
                    ChatOrigin(generationID: "gen-1", model: "acme/writer-2-0501", provider: "Acme")
                ),
                .text("Grü"), .text("ße 👋 – 15 °C"), .usage(usage),
            ])
        #expect(chat.outcome.state == .complete)
        #expect(chat.outcome.text == "Grüße 👋 – 15 °C")
        #expect(chat.outcome.finishReason == "stop")
        #expect(chat.outcome.nativeFinishReason == "x")
        #expect(chat.outcome.usage == usage)
        #expect(chat.outcome.error == nil)
    }

    @Test func aPauseComesOnceAllEventsAtHandWereHandedOver() throws {
        let paused = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(delta("a") + delta("b"))
            guard paused.wait(for: 1) else { return }
            try exchange.chunk(finish("stop") + done)
            try exchange.endStream()
        }
        var text = ""
        let outcome = try ChatClient(HTTPClient()).stream(
            question, from: endpoint(server),
            onPause: { if text == "ab" { paused.increment() } },
            onEvent: { if case .text(let piece) = $0 { text += piece } })
        #expect(outcome.state == .complete)
    }

    @Test func theRequestIsAsTheProtocolWantsIt() throws {
        let server = try LocalServer { try $0.respond(body: delta("x") + finish("stop") + done) }
        _ = try Chat(server)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/v1/chat/completions")
        #expect(request.header("authorization") == "Bearer \(testKey)")
        #expect(request.header("content-type") == "application/json")
        #expect(request.header("accept-encoding") == "identity")
        #expect(request.header("expect") == nil)
    }

    @Test(
        "14.27, 28: usage after the finish, in each of the three shapes and on every chunk",
        arguments: [
            finish("stop")
                + event(#""delta":{"content":""},"finish_reason":null"#, usageJSON),
            finish("stop") + "data: {\"choices\":[]\(usageJSON)}\n\n",
            finish("stop") + finish("stop", usageJSON),
            event(#""delta":{}"#, #","usage":{"prompt_tokens":1,"cost":1}"#) + finish("stop")
                + "data: {\"choices\":[]\(usageJSON)}\n\n",
            finish("stop", usageJSON) + event(#""delta":{}"#, #","usage":null"#),
        ])
    func usageShapes(end: String) throws {
        let chat = try Chat(answer: delta("text") + end + done)
        #expect(chat.outcome.state == .complete)
        #expect(chat.outcome.finishReason == "stop")
        #expect(chat.outcome.usage?.promptTokens == 12)
        #expect(chat.outcome.usage?.costNano == 42_000)
    }

    @Test("14.27: no usage, or usage without cost")
    func noUsage() throws {
        let without = try Chat(answer: delta("text") + finish("stop") + done)
        #expect(without.outcome.usage == nil)
        let costless = try Chat(
            answer: delta("text")
                + finish("stop", #","usage":{"prompt_tokens":5,"completion_tokens":1}"#)
                + done)
        #expect(costless.outcome.usage == TokenUsage(promptTokens: 5, completionTokens: 1))
    }

    @Test(
        "14.64: numbers in other clothes",
        arguments: [
            (#"{"prompt_tokens":12.0,"completion_tokens":"6","cost":1.2e-07}"#, 120),
            (#"{"prompt_tokens":"12","completion_tokens":6,"cost":"0.00000012"}"#, 120),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":0}"#, 0),
            (
                #"{"prompt_tokens":12,"completion_tokens":6,"cost":0.123456789012345678}"#,
                123_456_789
            ),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":null}"#, nil),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":-1}"#, nil),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":{"total":1}}"#, nil),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":1e6}"#, 1_000_000_000_000_000),
            (#"{"prompt_tokens":12,"completion_tokens":6,"cost":1000000.01}"#, nil),
            (
                #"{"prompt_tokens":12,"completion_tokens":6,"cost":0.001,"is_byok":true,"#
                    + #""cost_details":{"upstream_inference_cost":0.02}}"#, 21_000_000
            ),
        ] as [(String, Int64?)])
    func numbers(usage: String, cost: Int64?) throws {
        let chat = try Chat(answer: delta("x") + finish("stop", #","usage":"# + usage) + done)
        #expect(chat.outcome.usage?.promptTokens == 12)
        #expect(chat.outcome.usage?.completionTokens == 6)
        #expect(chat.outcome.usage?.costNano == cost)
    }

    @Test("14.18: [DONE] is missing, but a finish reason came")
    func noDone() throws {
        #expect(try Chat(answer: delta("text") + finish("stop")).outcome.state == .complete)
    }

    @Test("14.18: no finish reason, but [DONE] came")
    func noFinish() throws {
        #expect(try Chat(answer: delta("text") + done).outcome.state == .complete)
    }

    @Test(
        "Chunks that are not parted as the standard wants: by one line end, or by none",
        arguments: ["\n", "\r\n", "\r", ""])
    func partedBadly(end: String) throws {
        let chunks = [delta("one } data: {"), delta(" two"), finish("stop"), done]
        let body = chunks.map { $0.dropLast(2) + end }.joined()
        let chat = try Chat(answer: body + "\n\n")
        #expect(chat.text == "one } data: { two")
        #expect(chat.outcome.state == .complete)
        let cut = try Chat(answer: String(body.prefix(body.count - 100)))
        #expect(cut.text.hasPrefix("one } data: {"))
    }

    @Test("One chunk over several lines is one chunk")
    func severalLines() throws {
        let chat = try Chat(
            answer:
                "data: {\"choices\":\ndata: [{\"index\":0,\ndata: \"delta\":{\"content\":\"text\"},"
                + "\ndata: \"finish_reason\":\"stop\"}]}\n\n" + done)
        #expect(chat.text == "text")
        #expect(chat.outcome.state == .complete)
    }

    @Test("14.19: nothing after the first [DONE] counts")
    func afterDone() throws {
        let chat = try Chat(
            answer: delta("text") + finish("stop") + done + done + delta("more") + "{")
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    @Test("14.19: a server that stays silent after [DONE] holds nobody up")
    func silenceAfterDone() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(delta("text") + finish("stop") + done)
            _ = exchange.waitForClientToLeave()
        }
        #expect(try Chat(server).outcome.state == .complete)
    }

    @Test("14.21: the last event lacks its blank line")
    func noBlankLine() throws {
        let body = delta("text") + finish("stop", usageJSON)
        let chat = try Chat(answer: String(body.dropLast(2)))
        #expect(chat.outcome.state == .complete)
        #expect(chat.outcome.usage?.costNano == 42_000)
    }

    @Test("14.2, 3: CR LF and CR line ends", arguments: ["\r\n", "\r"])
    func lineEnds(end: String) throws {
        let body = (": hello\n\n" + delta("te") + delta("xt") + finish("stop") + done)
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
        let chat = try Chat(answer: body)
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    @Test("14.4: byte order mark; 14.14: no space after the colon; 14.15: data on several lines")
    func oddGrammar() throws {
        let chat = try Chat(
            answer: "\u{FEFF}data:{\"choices\":[{\"delta\":\ndata: {\"content\":\"text\"}}]}\n\n"
                + "event: message\nid: 1\nretry: 5\n" + finish("stop") + done)
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    @Test("14.7: invalid UTF-8 is replaced")
    func invalidUTF8() throws {
        let parts = delta("a?b").split(separator: "?")
        let body =
            Array(parts[0].utf8) + [0xFF] + Array(parts[1].utf8)
            + Array((finish("stop") + done).utf8)
        let chat = try Chat(answer: body)
        #expect(chat.text == "a\u{FFFD}b")
        #expect(chat.outcome.state == .complete)
    }

    @Test("14.12: NUL is dropped, other control characters stay")
    func controlCharacters() throws {
        let chat = try Chat(answer: delta(#"a\u0000b\u0001\n"#) + finish("stop") + done)
        #expect(chat.text == "ab\u{1}\n")
        #expect(chat.outcome.text == chat.text)
    }

    @Test("14.22: events without payload or with broken JSON are skipped")
    func brokenEvents() throws {
        let chat = try Chat(
            answer: "data:\n\ndata: {\"choices\n\n" + delta("text")
                + "data: nonsense\n\ndata: 7\n\n"
                + "data: null\n\ndata: []\n\n" + finish("stop") + done)
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    static let document =
        "\n         \n\n         \n"
        + #"{"id":"gen-1","model":"m","choices":[{"index":0,"finish_reason":"stop","#
        + #""message":{"role":"assistant","content":"text","reasoning":"hm"}}]\#(usageJSON)}"#
        + "\n"

    @Test(
        "14.8, 23, 24: one JSON document in place of the stream, whatever its type says",
        arguments: ["application/json", "text/event-stream", "text/plain", nil])
    func documentForStream(type: String?) throws {
        let chat = try Chat(
            answer: Self.document, headers: type.map { [("Content-Type", $0)] } ?? [])
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
        #expect(chat.reasoning == "hm")
        #expect(chat.outcome.usage?.costNano == 42_000)
        #expect(chat.outcome.origin.generationID == "gen-1")
    }

    @Test(
        "14.24: a stream whose type is wrong or missing",
        arguments: ["application/json", "text/plain; charset=utf-8", "text/html", nil])
    func wrongType(type: String?) throws {
        let chat = try Chat(
            answer: "\n\n" + delta("text") + finish("stop") + done,
            headers: type.map { [("Content-Type", $0)] } ?? [])
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    @Test("14.25, 26, 31: choices and deltas that are empty, missing, null or of another type")
    func emptyChunks() throws {
        let chat = try Chat(
            answer: "data: {\"choices\":[]}\n\ndata: {}\n\ndata: {\"choices\":null}\n\n"
                + "data: {\"choices\":{}}\n\ndata: {\"choices\":[null,1,\"a\",[]]}\n\n"
                + event(#""delta":null"#) + event(#""delta":{}"#) + event(#""x":1"#)
                + event(#""delta":{"content":null}"#) + event(#""delta":{"content":7}"#)
                + event(#""delta":"text""#) + delta("text") + finish("stop") + done)
        #expect(chat.outcome.state == .complete)
        #expect(chat.text == "text")
    }

    @Test("14.31: content as an array of parts")
    func contentParts() throws {
        let parts = #"[{"type":"text","text":"te"},{"type":"other"},7,{"type":"text","text":"xt"}]"#
        let chat = try Chat(
            answer: event(#""delta":{"content":\#(parts)}"#) + finish("stop") + done)
        #expect(chat.text == "text")
    }

    @Test("14.29: the finish reason stands in the chunk of the last text")
    func finishWithText() throws {
        let chat = try Chat(
            answer: delta("te") + event(#""delta":{"content":"xt"},"finish_reason":"stop""#) + done)
        #expect(chat.text == "text")
        #expect(chat.outcome.state == .complete)
    }

    @Test(
        "14.30: finish reasons that are empty, unknown or of another type",
        arguments: [("\"\"", nil), ("\"eos\"", "eos"), ("7", nil), ("\"STOP\"", "STOP")])
    func oddFinish(json: String, reason: String?) throws {
        let chat = try Chat(
            answer: delta("text") + event(#""delta":{},"finish_reason":\#(json)"#) + done)
        #expect(chat.outcome.state == .complete)
        #expect(chat.outcome.finishReason == reason)
    }

    @Test("14.32: the role in every delta begins no new message; 14.37: other choices are ignored")
    func rolesAndChoices() throws {
        let other =
            #"data: {"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}]}"#
        let chat = try Chat(
            answer: delta("a") + other + "\n\n" + delta("b") + other + "\n\n" + finish("stop")
                + done)
        #expect(chat.text == "ab")
        #expect(chat.outcome.state == .complete)
    }

    @Test(
        "14.33: reasoning under each of its names, once",
        arguments: [
            #""reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]"#,
            #""reasoning_content":"hm""#, #""reasoning":"hm","reasoning_content":"hm""#,
            #""reasoning":null,"reasoning_details":[{"type":"reasoning.summary","summary":"hm"}]"#,
            #""reasoning_details":[{"text":"h"},{"type":"reasoning.encrypted","data":"x"},{"text":"m"}]"#,
        ])
    func reasoning(fields: String) throws {
        let chat = try Chat(
            answer: event(#""delta":{"content":"",\#(fields)}"#) + delta("text") + finish("stop")
                + done)
        #expect(chat.reasoning == "hm")
        #expect(chat.outcome.reasoning == "hm")
        #expect(chat.text == "text")
    }

    @Test("14.34: a delta with a signature alone says nothing")
    func signature() throws {
        let signature = #"[{"type":"reasoning.text","signature":"c2ln","index":0}]"#
        let chat = try Chat(
            answer: event(#""delta":{"content":"","reasoning_details":\#(signature)}"#)
                + delta("text") + finish("stop") + done)
        #expect(chat.reasoning == "")
        #expect(!chat.events.contains(.reasoning("")))
    }

    @Test("14.38: model, provider or id missing, or changing on the way")
    func origins() throws {
        let chat = try Chat(
            answer: #"data: {"choices":[{"delta":{"content":"a"}}]}"# + "\n\n"
                + #"data: {"id":"i","model":"one","choices":[]}"# + "\n\n"
                + #"data: {"id":"j","model":"two","provider":"P","choices":[]}"# + "\n\n"
                + finish("stop").replacing("acme/writer-2-0501", with: "two").replacing(
                    "Acme", with: "P")
                + done)
        #expect(chat.outcome.origin == ChatOrigin(generationID: "i", model: "two", provider: "P"))
        #expect(chat.events.count { if case .opened = $0 { true } else { false } } == 3)
        #expect(chat.outcome.state == .complete)
    }

    @Test("14.39: thinking used all tokens up: no text, yet no error")
    func lengthWithoutText() throws {
        let chat = try Chat(
            answer: event(#""delta":{"reasoning":"hm"}"#) + finish("length", usageJSON) + done)
        #expect(chat.outcome.state == .length)
        #expect(chat.outcome.error == nil)
        #expect(chat.outcome.reasoning == "hm")
    }

    @Test func aCutAnswerKeepsItsText() throws {
        let chat = try Chat(answer: delta("text") + finish("length") + done)
        #expect(chat.outcome.state == .length)
        #expect(chat.outcome.text == "text")
    }

    @Test("14.28: of two finish reasons the first holds")
    func secondFinish() throws {
        let outcome = try Chat(answer: delta("text") + finish("length") + finish("stop") + done)
            .outcome
        #expect(outcome.state == .length)
        #expect(outcome.finishReason == "length")
    }

    @Test func aFilteredAnswerKeepsItsText() throws {
        let chat = try Chat(answer: delta("text") + finish("content_filter", usageJSON) + done)
        #expect(chat.outcome.state == .filtered)
        #expect(chat.outcome.error?.code == .contentRefused)
        #expect(chat.outcome.text == "text")
    }

    @Test("14.6, 29: a picture of 20 MB in one line, in the chunk of the finish")
    func hugePicture() throws {
        let picture = "data:image/png;base64," + String(repeating: "iVBORw0K", count: 20 << 17)
        let image = #"[{"type":"image_url","image_url":{"url":"\#(picture)"},"index":0}]"#
        let body =
            event(#""delta":{"content":"","images":\#(image)},"finish_reason":"stop""#) + done
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(body)
            try exchange.endStream()
        }
        let chat = try Chat(server)
        #expect(chat.outcome.state == .complete)
        #expect(chat.outcome.images.map(\.utf8.count) == [picture.utf8.count])
        #expect(chat.text == "")
    }

    @Test("14.41: pictures as links, several, or none")
    func pictures() throws {
        let images =
            #"[{"image_url":{"url":"https://a.example/1"}},{"image_url":"https://a.example/2"},{}]"#
        let chat = try Chat(
            answer: event(#""delta":{"images":\#(images)}"#) + finish("stop") + done)
        #expect(chat.outcome.images == ["https://a.example/1", "https://a.example/2"])
        #expect(chat.outcome.state == .complete)
    }

    @Test("14.57: a slow reader slows the server down")
    func backPressure() throws {
        let sent = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            let piece = delta(String(repeating: "a", count: 10_000))
            for _ in 1...4_000 {
                try exchange.chunk(piece)
                sent.increment()
            }
            try exchange.chunk(finish("stop") + done)
            try exchange.endStream()
        }
        let endpoint = try endpoint(server)
        var longQuestion = question
        longQuestion.maxTokens = 200_000
        var blocked = 0
        let outcome = ChatClient(HTTPClient()).stream(longQuestion, from: endpoint) { event in
            guard case .text = event, blocked == 0 else { return }
            var last = -1
            while sent.value != last {  // until the socket's buffers are full
                last = sent.value
                sleep(milliseconds: 200)
            }
            blocked = last
        }
        #expect(blocked < 4_000)
        #expect(outcome.text.utf8.count == 40_000_000)
    }
}
