import HTTPClient
import TestSupport
import Testing

@testable import Providers

/// Answers that end badly. Every body is sent one byte at a time.
@Suite struct ChatFailureTests {
    private let json = [("Content-Type", "application/json")]

    // MARK: In the middle of an answer

    @Test(
        "14.43, 44: an error in the stream after text, in each of its forms",
        arguments: [
            (
                #"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"#
                    + #""error":{"code":502,"message":"Provider disconnected","#
                    + #""metadata":{"error_type":"provider_unavailable"}}}"#, .unavailable
            ),
            (#"{"choices":[],"error":{"code":502,"message":"x"}}"#, .unavailable),
            (
                #"{"choices":[{"index":0,"delta":{},"finish_reason":null}],"usage":{"prompt_tokens":1},"#
                    + #""error":{"code":400,"message":"Token limit reached","#
                    + #""metadata":{"error_type":"token_limit_exceeded"}}}"#, .contextTooLong
            ),
            (#"{"error":{"code":"server_error","message":"x"}}"#, .error),
            (#"{"error":{"code":null,"message":"x","type":"api_error"}}"#, .error),
            (
                #"{"error":{"code":502,"metadata":{"provider_name":"P","raw":"{\"error\":1}"}}}"#,
                .unavailable
            ),
            (
                #"{"choices":[{"index":0,"delta":{},"error":{"code":429,"message":"x"}}]}"#,
                .rateLimited
            ),
            (#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#, .error),
            (
                #"{"choices":[{"index":0,"delta":{},"finish_reason":null,"#
                    + #""native_finish_reason":"network_error"}]}"#, .error
            ),
            (#"{"error":"something broke"}"#, .error),
            (#"{"object":"error","message":"x","type":"InternalServerError","code":500}"#, .error),
            (#"{"detail":"not here"}"#, .error),
            (#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, .error),
            (#"{"title":"Bad","detail":"worse","status":503}"#, .unavailable),
        ] as [(String, ProviderError.Code)])
    func midStreamError(payload: String, code: ProviderError.Code) throws {
        for end in ["", done] {
            let chat = try Chat(answer: delta("text") + "data: \(payload)\n\n" + end)
            #expect(chat.outcome.state == .partial)
            #expect(chat.outcome.text == "text")
            #expect(chat.outcome.error?.code == code)
            #expect(!chat.outcome.mayRetry)
        }
        let chat = try Chat(answer: "data: \(payload)\n\n" + done)
        #expect(chat.outcome.state == .failed)
        #expect(chat.outcome.error?.code == code)
    }

    @Test("14.28, 43: an error after a finish reason overrides it")
    func errorAfterFinish() throws {
        let chat = try Chat(
            answer: delta("text") + finish("length")
                + #"data: {"choices":[{"delta":{},"finish_reason":"error"}]}"# + "\n\n" + done)
        #expect(chat.outcome.state == .partial)
        #expect(chat.outcome.finishReason == "error")
    }

    @Test(
        "An answer that has its finish reason is complete, whatever fails after it",
        arguments: [
            #"data: {"error":{"message":"usage accounting failed","code":500}}"#,
            "event: error\ndata: {\"message\":\"broke\"}",
            #"error: {"code":500,"message":"broke"}"#,
            #"data: {"choices":[{"index":0,"delta":{},"error":{"code":500,"message":"x"}}]}"#,
        ])
    func errorAfterTheEnd(line: String) throws {
        for end in ["", "\n\n" + done] {
            let chat = try Chat(answer: delta("text") + finish("stop") + line + end)
            #expect(chat.outcome.state == .complete)
            #expect(chat.outcome.error == nil)
            let long = try Chat(answer: delta("text") + finish("length") + line + end)
            #expect(long.outcome.state == .length)
        }
        let empty = try Chat(answer: finish("stop") + line + "\n\n" + done)
        #expect(empty.outcome.state == .failed, "it tells why there is nothing")
        let same = try Chat(
            answer: delta("text") + finish("stop", #","error":{"message":"x"}"#) + done)
        #expect(same.outcome.state == .partial, "it came with the reason, not after it")
    }

    @Test(
        "14.17: an error: line, with the error bare or wrapped; and event: error",
        arguments: [
            #"error: {"code":500,"message":"broke","type":"server_error"}"#,
            #"error: {"error":{"code":500,"message":"broke"}}"#,
            "event: error\ndata: {\"message\":\"broke\"}",
        ])
    func errorLine(line: String) throws {
        let chat = try Chat(answer: delta("text") + line + "\n\n" + done)
        #expect(chat.outcome.state == .partial)
        #expect(chat.outcome.error?.code == .error)
        #expect(chat.outcome.error?.details.contains("broke") == true)
    }

    @Test("14.18: the body ends without finish reason and without [DONE]")
    func unexplainedEnd() throws {
        let partial = try Chat(answer: delta("text")).outcome
        #expect(partial.state == .partial)
        #expect(partial.error?.code == .unavailable)
        #expect(!partial.mayRetry)
        let failed = try Chat(answer: event(#""delta":{"role":"assistant","content":""}"#)).outcome
        #expect(failed.state == .failed)
        #expect(failed.mayRetry)
    }

    @Test("14.10, 54: cut off, closed too soon or reset: what came is kept", arguments: [0, 1, 2])
    func brokenTransfer(way: Int) throws {
        let server = try LocalServer { exchange in
            switch way {
            case 0: try exchange.openStream()
            case 1: try exchange.write("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            default: try exchange.openStream()
            }
            let text = delta("text") + delta(" more")
            try way == 1 ? exchange.write(text) : exchange.chunk(text)
            exchange.pause(milliseconds: 100)
            if way == 2 { exchange.reset() }
        }
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .partial)
        #expect(outcome.text == "text more")
        #expect(outcome.error?.code == .unavailable)
        #expect(!outcome.mayRetry)
        #expect(server.requests.count == 1)
    }

    @Test("14.10: broken off before any text: failed, and a retry is safe")
    func brokenBeforeText() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(": OPENROUTER PROCESSING\n\n")
        }
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .unavailable)
        #expect(outcome.nothingStreamed)
    }

    // MARK: Nothing usable

    @Test("14.20, 40: [DONE] alone, and a stop without content, are empty")
    func empty() throws {
        for body in [done, finish("stop") + done, finish("stop", usageJSON) + done] {
            let outcome = try Chat(answer: body).outcome
            #expect(outcome.state == .empty)
            #expect(outcome.error?.code == .emptyAnswer)
            #expect(outcome.mayRetry)
        }
    }

    @Test("14.11: an empty body", arguments: ["", "\n\n", ": hello\n\n", "   "])
    func emptyBody(body: String) throws {
        let outcome = try Chat(answer: body).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .emptyAnswer)
        #expect(outcome.mayRetry)
    }

    @Test(
        "14.22: nothing but rubbish",
        arguments: [
            "data: {\"choices\n\n", "{\"choices\": [", "<html><body>hello", "data: \u{0}\n\n",
        ])
    func rubbish(body: String) throws {
        let outcome = try Chat(answer: body).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .error)
        #expect(outcome.error?.message == "The provider's answer could not be understood.")
    }

    @Test(
        "A failure in other servers' words, with status 200, tells its reason",
        arguments: [
            #"{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"choices":null}"#,
            #"{"code":1008,"message":"insufficient balance"}"#,
            #"{"code":"1008","msg":"insufficient balance","success":false}"#,
            #"{"error_code":1008,"error_msg":"insufficient balance"}"#,
            #"{"success":false,"errors":[{"code":1008,"message":"insufficient balance"}]}"#,
            #"{"success":false,"message":"insufficient balance"}"#,
        ])
    func reasonIn200(body: String) throws {
        for body in [body, "data: \(body)\n\n", "data: \(body)\n\n" + done] {
            let outcome = try Chat(answer: body).outcome
            #expect(outcome.state == .failed)
            #expect(outcome.error?.reason == "insufficient balance")
            #expect(outcome.error?.code == .payment)
        }
    }

    @Test(
        "Words of success beside an answer are no failure",
        arguments: [
            #","code":0,"message":"ok""#, #","code":200,"msg":"success""#,
            #","base_resp":{"status_code":0,"status_msg":""}"#,
        ])
    func wordsOfSuccess(rest: String) throws {
        let chat = try Chat(
            answer: delta("text") + finish("stop", rest) + "data: {\(rest.dropFirst())}\n\n" + done)
        #expect(chat.outcome.state == .complete)
        let early = try Chat(
            answer: "data: {\(rest.dropFirst())}\n\n" + delta("text") + finish("stop") + done)
        #expect(early.outcome.state == .complete)
    }

    @Test(
        "14.43: a 200 whose body is an error",
        arguments: [
            #"{"error":{"code":402,"message":"Insufficient credits"},"user_id":"user_1"}"#,
            #"[{"error":{"code":402,"message":"Insufficient credits"}}]"#,
            #"{"choices":[{"finish_reason":"error","message":{"content":""},"error":{"code":402}}]}"#,
        ])
    func errorIn200(body: String) throws {
        let chat = try Chat(answer: "\n         \n" + body, headers: json)
        #expect(chat.outcome.state == .failed)
        #expect(chat.outcome.error?.code == .payment)
    }

    // MARK: Error statuses

    @Test(
        "14.44, 48, 50, 8.2: statuses, with and without words",
        arguments: [
            (400, "", .error, false), (401, #"{"error":"Unauthorized"}"#, .auth, false),
            (
                401, #"{"error":{"message":"Missing Authentication header","code":401}}"#, .auth,
                false
            ),
            (402, "", .payment, false), (403, "", .auth, false),
            (
                403, #"{"error":{"code":403,"metadata":{"reasons":["x"],"flagged_input":"a…b"}}}"#,
                .contentRefused, false
            ),
            (403, #"{"error":{"code":403,"metadata":{"patterns":["x"]}}}"#, .contentRefused, false),
            (404, "", .error, false), (408, "", .timeout, true), (409, "", .error, false),
            (413, "", .contextTooLong, false), (422, "", .error, false),
            (429, "", .rateLimited, true),
            (500, "", .error, true), (501, "", .error, false), (502, "", .unavailable, true),
            (503, "", .unavailable, true), (504, "", .timeout, true), (520, "", .unavailable, true),
            (522, "", .unavailable, true), (524, "", .timeout, true), (529, "", .unavailable, true),
            (530, "", .unavailable, true),
            (
                503,
                #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                .unavailable, true
            ),
            (
                404,
                #"{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","code":404}}"#,
                .modelUnknown, false
            ),
            (
                400, #"{"error":{"message":"acme/x is not a valid model ID","code":400}}"#,
                .modelUnknown, false
            ),
            (
                400,
                #"{"error":{"message":"This endpoint's maximum context length is 8192 tokens.","code":400}}"#,
                .contextTooLong, false
            ),
            (
                400,
                #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_ctx":4096}}"#,
                .contextTooLong, false
            ),
            (
                400,
                #"{"error":{"code":"context_length_exceeded","message":"x","type":"invalid_request_error"}}"#,
                .contextTooLong, false
            ),
            (429, #"{"error":{"code":"insufficient_quota","message":"x"}}"#, .payment, false),
            (
                503, #"{"error":"server busy, maximum pending requests exceeded"}"#, .unavailable,
                true
            ),
            (
                404,
                #"{"error":{"message":"m","http_status":404,"availability":{"code":"model_deprecated","retryable":false}}}"#,
                .modelUnknown, false
            ),
        ] as [(Int, String, ProviderError.Code, Bool)])
    func statuses(status: Int, body: String, code: ProviderError.Code, retryable: Bool) throws {
        let outcome = try Chat(answer: body, status: status, headers: json).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == code)
        #expect(outcome.error?.status == status)
        #expect(outcome.error?.isRetryable == retryable)
        #expect(outcome.mayRetry == retryable)
    }

    @Test("14.45: an HTML page is never shown", arguments: [403, 413, 502, 503, 520])
    func html(status: Int) throws {
        let page =
            "<!DOCTYPE html><html><head><title>Just a Moment</title></head><body><h1>Ray</h1>"
        let error = try #require(
            try Chat(answer: page, status: status, headers: [("Content-Type", "text/html")]).outcome
                .error)
        #expect(!error.message.contains("<") && !error.message.contains("Moment"))
        #expect(!error.details.contains("<"))
        #expect(error.details.contains("just a moment"))
        #expect(error.status == status)
    }

    @Test func anEndlessErrorPageIsCutOff() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream(status: 500, headers: [("Content-Type", "text/html")])
            while true { try exchange.chunk([UInt8](repeating: 60, count: 10_000)) }
        }
        #expect(try Chat(server).outcome.error?.status == 500)
    }

    @Test("14.46: a 429 says how long to wait; more than a minute is for the person to decide")
    func rateLimits() throws {
        func error(_ headers: [(String, String)], _ body: String = "") throws -> ProviderError {
            try #require(try Chat(answer: body, status: 429, headers: headers + json).outcome.error)
        }
        let soon = try error([("Retry-After", "7")])
        #expect(soon.retryAfter == .seconds(7))
        #expect(soon.isRetryable)
        #expect(soon.message.contains("7 seconds"))

        let dated = try error([
            ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"),
        ])
        #expect(dated.retryAfter == .seconds(10))

        let tomorrow = try error([("Retry-After", "36000")])
        #expect(!tomorrow.isRetryable)
        #expect(tomorrow.message.contains("10 hours"))

        let silent = try error([])
        #expect(silent.retryAfter == nil)
        #expect(silent.isRetryable)

        let spoken = try error(
            [("Retry-After", "7")],
            #"{"error":{"message":"at capacity","error_type":"rate_limit_exceeded","http_status":429,"#
                + #""availability":{"code":"capacity_exhausted","retryable":true,"retry_after":40}}}"#
        )
        #expect(spoken.retryAfter == .seconds(40))
    }

    @Test("14.47: what the account can still pay for is passed on")
    func affordable() throws {
        let body =
            #"{"error":{"code":402,"message":"This request requires more credits. You requested "#
            + #"up to 4096 tokens, but can only afford 123. To increase, visit x"}}"#
        let error = try #require(try Chat(answer: body, status: 402, headers: json).outcome.error)
        #expect(error.affordableTokens == 123)
        #expect(error.message.contains("123"))
    }

    @Test("14.49: a 404 for filters says what the provider says, not that the model is unknown")
    func filtered404() throws {
        let body =
            #"{"error":{"code":404,"message":"No endpoints found matching your data policy."}}"#
        let error = try #require(try Chat(answer: body, status: 404, headers: json).outcome.error)
        #expect(error.code == .error)
        #expect(error.message.hasSuffix("No endpoints found matching your data policy."))
    }

    @Test("8.3: an upstream's own words go to the log alone")
    func upstreamWords() throws {
        let body =
            #"{"error":{"code":502,"message":"Provider returned error","#
            + #""metadata":{"provider_name":"Acme","raw":"{\"e\":\"stack trace\"}"}}}"#
        let error = try #require(try Chat(answer: body, status: 502, headers: json).outcome.error)
        #expect(!error.message.contains("stack"))
        #expect(error.details.contains("stack trace") && error.details.contains("Acme"))
    }

    @Test("14.58: a redirect is a failure, and the key does not follow it")
    func redirect() throws {
        let other = try LocalServer { try $0.respond(body: done) }
        let server = try LocalServer {
            try $0.respond(status: 308, headers: [("Location", other.url)], body: "")
        }
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.status == 308)
        #expect(outcome.error?.isRetryable == false)
        #expect(other.requests.isEmpty)
    }

    // MARK: Transport and time

    @Test func aProviderThatIsDownIsUnavailable() throws {
        let server = try LocalServer { _ in }
        server.stop()
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .unavailable)
        #expect(outcome.mayRetry)
    }

    @Test("14.52: no first byte in time")
    func noFirstByte() throws {
        let server = try LocalServer { _ = $0.waitForClientToLeave() }
        var timeouts = patience()
        timeouts.firstByte = .milliseconds(100)
        let outcome = try Chat(server, timeouts: timeouts).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .timeout)
        #expect(outcome.error?.isRetryable == false)
    }

    @Test("14.13, 53: comments for ever prove nothing about the model")
    func commentsOnly() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(delta("text"))
            while true {
                try exchange.chunk(": OPENROUTER PROCESSING\n\n")
                exchange.pause(milliseconds: 10)
            }
        }
        var timeouts = patience()
        timeouts.progress = .milliseconds(200)
        let outcome = try Chat(server, timeouts: timeouts).outcome
        #expect(outcome.state == .partial)
        #expect(outcome.error?.code == .timeout)
        #expect(outcome.error?.details == "signs of life, but no event")
        #expect(outcome.text == "text")
    }

    @Test("14.53: an answer without end ends at the overall limit")
    func overallLimit() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            while true {
                try exchange.chunk(delta("a"))
                exchange.pause(milliseconds: 10)
            }
        }
        var timeouts = patience()
        timeouts.total = .milliseconds(300)
        let outcome = try Chat(server, timeouts: timeouts).outcome
        #expect(outcome.state == .partial)
        #expect(outcome.error?.code == .timeout)
    }

    @Test("14.6: an event beyond all bounds is refused")
    func endlessLine() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("data: ")
            let piece = [UInt8](repeating: 65, count: 1 << 20)
            while true { try exchange.chunk(piece) }
        }
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.error?.code == .error)
    }

    @Test(
        "What goes on beyond all that was asked for is cut there",
        arguments: ["content", "reasoning"])
    func endlessAnswer(_ field: String) throws {
        let left = Counter()
        let server = try LocalServer { exchange in
            defer { left.increment() }
            let piece = String(repeating: "ä", count: 50_000)
            try exchange.openStream()
            for _ in 0..<1_000 {
                try exchange.chunk(event(#""delta":{"\#(field)":"\#(piece)"}"#))
            }
        }
        let outcome = try Chat(server).outcome
        #expect(outcome.state == .length)
        #expect(outcome.error == nil)
        let bytes = outcome.text.utf8.count + outcome.reasoning.utf8.count
        #expect(bytes <= 1 << 20)
        #expect(bytes > 1 << 19)
        #expect(left.wait(for: 1), "the provider sees that nobody listens")
    }

    @Test("14.56: stopped by the caller: the text is kept, the provider sees the end")
    func cancelled() throws {
        let left = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream(headers: [("X-Generation-Id", "gen-7")])
            try exchange.chunk(delta("text"))
            if exchange.waitForClientToLeave() { left.increment() }
        }
        let cancellation = Cancellation()
        let seen = Counter()
        let canceller = JoinableThread {
            _ = seen.wait(for: 1)
            cancellation.cancel()
        }
        let outcome = try ChatClient(HTTPClient()).stream(
            question, from: endpoint(server), cancellation: cancellation
        ) { if case .text = $0 { seen.increment() } }
        canceller.join()
        #expect(outcome.state == .cancelled)
        #expect(outcome.error?.code == .cancelled)
        #expect(outcome.text == "text")
        #expect(outcome.origin.generationID == "gen-7")
        #expect(left.wait(for: 1))
    }

    @Test func cancelledBeforeTheFirstByte() throws {
        let server = try LocalServer { _ = $0.waitForClientToLeave() }
        let cancellation = Cancellation()
        cancellation.cancel()
        let outcome = try ChatClient(HTTPClient()).stream(
            question, from: endpoint(server), cancellation: cancellation
        ) { _ in }
        #expect(outcome.state == .cancelled)
        #expect(outcome.nothingStreamed)
    }

    @Test func anErrorOfTheCallerComesThroughAndEndsTheAnswer() throws {
        struct DiskFull: Error {}
        let left = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk(delta("text"))
            if exchange.waitForClientToLeave() { left.increment() }
        }
        #expect(throws: DiskFull.self) {
            try ChatClient(HTTPClient()).stream(question, from: endpoint(server)) {
                if case .text = $0 { throw DiskFull() }
            }
        }
        #expect(left.wait(for: 1))
    }

    // MARK: Accounting

    @Test("14.60: the record of an answer, which is late")
    func accounting() throws {
        let turn = Counter()
        let server = try LocalServer { exchange in
            guard turn.increment() > 1 else { return try exchange.respond(status: 404, body: "{}") }
            try exchange.respond(
                body: #"{"data":{"id":"gen-1","total_cost":0.0015,"native_tokens_prompt":10,"#
                    + #""native_tokens_completion":20,"native_tokens_reasoning":null,"cancelled":true}}"#
            )
        }
        let client = ChatClient(HTTPClient())
        #expect(try client.usage(ofGeneration: "gen-1&x", from: endpoint(server)) == nil)
        let usage = try client.usage(ofGeneration: "gen-1&x", from: endpoint(server))
        #expect(usage == TokenUsage(promptTokens: 10, completionTokens: 20, costNano: 1_500_000))
        #expect(server.requests.first?.target == "/v1/generation?id=gen-1%26x")
    }

    @Test("Nobody is paid for an answer: a record that says so tells no cost")
    func negativeCost() throws {
        let server = try LocalServer {
            try $0.respond(body: #"{"data":{"id":"gen-1","total_cost":-0.5}}"#)
        }
        let client = ChatClient(HTTPClient())
        #expect(try client.usage(ofGeneration: "gen-1", from: endpoint(server)) == TokenUsage())
    }
}
