import FoundationEssentials
import HTTPTypes
import JSON
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier
@testable import Providers

/// What servers of all kinds are known to do, seen from the person who asks.
@Suite struct ServerHabitTests {
    /// A bench whose model answers with this body.
    private func bench(_ body: String, models: String? = nil) throws -> Workbench {
        let chat: LocalServer.Handler = {
            try $0.respond(headers: [("Content-Type", "text/event-stream")], body: body)
        }
        guard let models else { return try Workbench(chat: chat) }
        return try Workbench(list: (200, models), chat: chat)
    }

    private static func chunk(_ delta: String, _ rest: String = "") -> String {
        Exchange.event(#"{"id":"c1","choices":[{"index":0,"delta":\#(delta)\#(rest)}]}"#)
    }

    private static let end =
        chunk("{}", #","finish_reason":"stop""#) + "data: [DONE]\n\n"

    private static let thoughtsWithoutBeginning =
        chunk(#"{"content":"Okay, hens. Count feet.\n"}"#)
        + chunk(#"{"content":"</think>\n\nThere are **5** hens."}"#) + end

    private func ask(_ bench: Workbench) throws -> (events: [Event], stored: Answer) {
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        let id = try #require(events.first).field("generation_id")
        return (events, admin.get("/generations/\(id)"))
    }

    // MARK: Thoughts

    @Test("Case 05a: thoughts in the text are shown and kept as thoughts")
    func thoughtsInTheText() throws {
        let (events, stored) = try ask(
            bench(
                Self.chunk(#"{"content":"<think>\nOkay, hens.\n"}"#)
                    + Self.chunk(#"{"content":"</think>\n\nThere are **5** hens."}"#) + Self.end))
        #expect(events.text == "There are **5** hens.")
        #expect(try events.first { $0.name == "reasoning" }?.field("text") == "Okay, hens.")
        #expect(try stored.field("text") == "There are **5** hens.")
        #expect(try stored.field("reasoning") == "Okay, hens.")
    }

    @Test("Case 05b: what turns out to have been thoughts is taken back")
    func thoughtsWithoutBeginning() throws {
        let (events, stored) = try ask(bench(Self.thoughtsWithoutBeginning))
        let revised = try #require(events.first { $0.name == "revised" })
        #expect(try revised.field("text") == "")
        #expect(try revised.field("reasoning") == "Okay, hens. Count feet.")
        #expect(events.drop { $0.name != "revised" }.map { $0 }.text == "There are **5** hens.")
        #expect(try stored.field("text") == "There are **5** hens.")
        #expect(try stored.field("reasoning") == "Okay, hens. Count feet.")
    }

    /// What a viewer has on the screen after some events.
    private struct Screen: Equatable {
        var text = ""
        var reasoning = ""

        mutating func take(_ events: some Sequence<Event>) throws {
            for event in events {
                switch event.name {
                case "generation": self = Screen()
                case "delta": text += try event.field("text")
                case "reasoning": reasoning += try event.field("text")
                case "revised":
                    self = Screen(
                        text: try event.field("text"), reasoning: try event.field("reasoning"))
                default: break
                }
            }
        }
    }

    @Test("Whoever loses the connection around a revision has the same words in the end")
    func resumingAroundARevision() throws {
        let bench = try bench(Self.thoughtsWithoutBeginning)
        let admin = try bench.signIn()
        let events = admin.say("Hi", in: try admin.newConversation()).events
        let id = try #require(events.first).field("generation_id")
        for cut in 1...events.count {
            var screen = Screen()
            try screen.take(events.prefix(cut))
            let rest = admin.get("/generations/\(id)/events?after=\(events[cut - 1].id)").events
            try screen.take(rest)
            #expect(
                screen
                    == Screen(text: "There are **5** hens.", reasoning: "Okay, hens. Count feet."),
                "after \(events[cut - 1])")
        }
    }

    @Test func aDeadRunnersRevisionIsKept() {
        let remains = StreamRemains([
            .delta("begun "), .account(CallAccount(promptTokens: 1, prices: nil, tellsCost: false)),
            .delta("hm"), .revised(text: "begun ", reasoning: "hm"), .delta("yes"),
        ])
        #expect(remains.text == "begun yes")
        #expect(remains.reasoning == "hm")
        #expect(remains.booking.usage.completionTokens == 0, "one token of four letters, or none")
    }

    @Test("Case 06: a title's thoughts are no title")
    func thoughtsInTitles() throws {
        let bench = try Workbench { exchange in
            let isTitle = exchange.request.bodyText.contains(#""model":"titles""#)
            try exchange.say(
                isTitle
                    ? [#"<think>\nThe user wants a title.\n</think>\n\nHens and rabbits"#] : ["Yes"]
            )
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.say("Hi", in: id)
        #expect(try admin.get("/conversations/\(id)").field("title") == "Hens and rabbits")
    }

    @Test(
        "A title that is nothing but thoughts leaves the title as it was",
        arguments: [#"<think>\nThe user"#, "<think>", "</think>"])
    func titlesOfThoughtsAlone(said: String) throws {
        let bench = try Workbench { exchange in
            let isTitle = exchange.request.bodyText.contains(#""model":"titles""#)
            try exchange.say([isTitle ? said : "Yes"])
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        _ = admin.say("Hi", in: id)
        #expect(try admin.get("/conversations/\(id)").field("title") == "Hi")
    }

    // MARK: Requests

    @Test("Case 15: after a failed answer the conversation goes on")
    func alternatingRoles() throws {
        let bench = try Workbench { exchange in
            let body = exchange.request.bodyText
            if body.contains("Second question") && !body.contains("Third question") {
                return try exchange.respond(status: 501, body: "{}")
            }
            let json = JSONValue(exchange.request.body) ?? .null
            let roles = json["messages"].elements.map { $0["role"].text }
            if zip(roles, roles.dropFirst()).contains(where: { $0 == $1 }) {
                return try exchange.respond(status: 400, body: #"{"error":"roles must alternate"}"#)
            }
            try exchange.say(["fine"])
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        #expect(admin.say("First question", in: id).events.text == "fine")
        #expect(admin.say("Second question", in: id).events.last?.name == "error")
        #expect(admin.say("Third question", in: id).events.text == "fine")
        #expect(
            bench.server.requests.last?.bodyText.contains(#"Second question\n\nThird question"#)
                == true)
    }

    @Test("Case 16: what is refused costs nothing, and the price list tells the rest")
    func noStreamOptions() throws {
        let bench = try Workbench { exchange in
            guard !exchange.request.bodyText.contains("stream_options") else {
                return try exchange.respond(
                    status: 400,
                    body:
                        #"{"error":{"message":"stream_options: Extra inputs are not permitted","code":400}}"#
                )
            }
            try exchange.respond(
                headers: [("Content-Type", "text/event-stream")],
                body: Exchange.event(
                    #"{"choices":[{"delta":{"content":"twelve bytes"},"finish_reason":"stop"}]}"#)
                    + "data: [DONE]\n\n")
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        #expect(admin.say("Hi", in: id).events.text == "twelve bytes")
        #expect(admin.say("Hi", in: id).events.text == "twelve bytes")
        let refused = bench.server.requests.count {
            $0.bodyText.contains("stream_options") && $0.bodyText.contains("writer")
        }
        #expect(refused == 1)
        let costs = try Database(path: bench.settings.databasePath).read { connection in
            try connection.all(
                """
                SELECT state, cost_nano_usd FROM calls WHERE model = 'writer' ORDER BY created_ms
                """
            ) { (try $0[0, as: String.self], try $0[1, as: Int?.self]) }
        }
        #expect(costs.map(\.0) == ["settled", "settled"])
        #expect(costs.first?.1 == 3 * 2_000)
    }

    @Test("A call whose connection dies before its first byte is not made again unseen")
    func diedBeforeTheFirstByte() throws {
        let calls = Counter()
        let bench = try Workbench { exchange in
            guard exchange.request.bodyText.contains(#""model":"writer""#) else {
                return try exchange.say(["A title"])
            }
            guard calls.increment() == 2 else { return try exchange.say(["fine"]) }
            exchange.reset()
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        #expect(admin.say("One", in: id).events.text == "fine")
        let failed = admin.say("Two", in: id).events
        #expect(try failed.last?.field("code") == "provider_unavailable")
        #expect(calls.value == 2)
        #expect(admin.say("Three", in: id).events.text == "fine")
        #expect(calls.value == 3)
    }

    // MARK: Answers

    @Test("Case 20: half an emoji in each of two deltas")
    func emojiInTwo() throws {
        let (events, stored) = try ask(
            bench(
                Self.chunk(#"{"content":"Good morning "}"#) + Self.chunk(#"{"content":"\ud83d"}"#)
                    + Self.chunk(#"{"content":"\ude00"}"#) + Self.end))
        #expect(events.text == "Good morning 😀")
        #expect(try stored.field("text") == "Good morning 😀")
    }

    @Test("Case 25: an answer of tool calls alone says so")
    func toolsAlone() throws {
        let call = #"{"index":0,"id":"c","type":"function","function":{"name":"get_weather","#
        let (events, stored) = try ask(
            bench(
                Self.chunk(#"{"content":null,"tool_calls":[\#(call)"arguments":"{}"}}]}"#)
                    + Self.chunk("{}", #","finish_reason":"tool_calls""#) + "data: [DONE]\n\n"))
        let last = try #require(events.last)
        #expect(last.name == "error")
        #expect(try last.field("code") == "tools_wanted")
        #expect(try last.field("detail").contains("get_weather"))
        #expect(try stored.field("state") == "failed")
    }

    @Test("A tool that is asked for beside words is named")
    func toolsBesideWords() throws {
        let call = #"{"index":0,"id":"c","type":"function","function":{"name":"get_weather","#
        let (events, stored) = try ask(
            bench(
                Self.chunk(#"{"content":"Let me look."}"#)
                    + Self.chunk(#"{"tool_calls":[\#(call)"arguments":"{}"}}]}"#)
                    + Self.chunk("{}", #","finish_reason":"tool_calls""#) + "data: [DONE]\n\n"))
        #expect(events.last?.name == "done")
        #expect(events.text == "Let me look.")
        #expect(try stored.field("state") == "completed")
        #expect(stored.text.contains(#""code":"tools_wanted""#))
        #expect(stored.text.contains("get_weather"))
    }

    @Test func picturesAlone() throws {
        let (events, _) = try ask(
            bench(
                Self.chunk(
                    #"{"content":"","images":[{"image_url":{"url":"data:image/png;base64,x"}}]}"#)
                    + Self.end))
        #expect(try events.last?.field("code") == "pictures_only")
    }

    @Test("Pictures beside words are not dropped without saying so")
    func picturesBesideWords() throws {
        let (events, stored) = try ask(
            bench(
                Self.chunk(
                    #"{"content":"A hen:","images":[{"image_url":{"url":"data:image/png;base64,x"}}]}"#
                ) + Self.end))
        #expect(events.last?.name == "done")
        #expect(events.text == "A hen:")
        #expect(try stored.field("state") == "completed")
        #expect(stored.text.contains(#""code":"pictures_left_out""#))
    }

    @Test("Case x1: an empty error beside a good answer is none")
    func emptyError() throws {
        let (events, stored) = try ask(
            bench(
                Exchange.event(
                    #"{"choices":[{"delta":{"content":"Hello there"}}],"error":{"message":"","type":"","param":"","code":null}}"#
                )
                    + Exchange.event(
                        #"{"choices":[{"delta":{},"finish_reason":"stop"}],"error":""}"#)
                    + "data: [DONE]\n\n"))
        #expect(events.text == "Hello there")
        #expect(try stored.field("state") == "completed")
    }

    private struct Failure: Decodable {
        struct Reason: Decodable, Equatable {
            let status: Int?
            let message: String?
            let requestID: String?

            enum CodingKeys: String, CodingKey {
                case status, message
                case requestID = "request_id"
            }
        }

        let code: String
        let reason: Reason?

        enum CodingKeys: String, CodingKey {
            case code
            case reason = "provider_error"
        }
    }

    @Test(
        "The provider's own reason comes with the failure, at once and later, without its secrets")
    func reason() throws {
        let key = "sk-abcdefghijklmnop"
        let bench = try Workbench { exchange in
            try exchange.respond(
                status: 400, headers: [("x-request-id", "req-7")],
                body:
                    #"{"error":{"message":"No \#(key) here. \#(String(repeating: "long ", count: 400))"}}"#
            )
        }
        let admin = try bench.signIn()
        let id = try admin.newConversation()
        let last = try #require(admin.say("Hi", in: id).events.last)
        let failure = try JSONDecoder().decode(Failure.self, from: Data(last.data.utf8))
        #expect(failure.code == "provider_error")
        let reason = try #require(failure.reason)
        #expect(reason.status == 400)
        #expect(reason.requestID == "req-7")
        #expect(reason.message?.hasPrefix("No [redacted] here. long") == true)
        #expect((reason.message?.count ?? 0) <= 500)
        let stored = admin.get("/conversations/\(id)/messages").text
        #expect(stored.contains(#""request_id":"req-7""#))
        #expect(stored.contains("[redacted]") && !stored.contains(key))
    }

    @Test(
        "What kind of failure it is has a code that does not change",
        arguments: [
            (401, #"{"error":{"message":"bad key"}}"#, "provider_auth"),
            (429, #"{"error":{"message":"slow down"}}"#, "provider_rate_limited"),
            (402, #"{"error":{"message":"no credit"}}"#, "provider_payment"),
            (
                400,
                #"{"error":{"message":"Prompt is too long: 210000 tokens > 200000 maximum"}}"#,
                "context_too_long"
            ),
            (
                400,
                #"{"error":{"code":"content_filter","message":"The response was filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                "content_refused"
            ),
            (404, #"{"error":{"message":"The model does not exist"}}"#, "model_unknown"),
        ])
    func kinds(status: Int, body: String, code: String) throws {
        let bench = try Workbench {
            try $0.respond(status: status, headers: [("Retry-After", "90")], body: body)
        }
        let admin = try bench.signIn()
        let last = admin.say("Hi", in: try admin.newConversation()).events.last
        #expect(try last?.field("code") == code)
    }

    @Test(
        "A filter that leaves no word is a refusal",
        arguments: ["content_filter", "SAFETY", "PROHIBITED_CONTENT", "refusal", "sensitive"])
    func filtered(reason: String) throws {
        let body = Self.chunk("{}", #","finish_reason":"\#(reason)""#) + "data: [DONE]\n\n"
        #expect(try ask(bench(body)).events.last?.field("code") == "content_refused")
        let (events, _) = try ask(bench(Self.chunk(#"{"content":"Some"}"#) + body))
        #expect(try events.last?.field("state") == "completed")
        #expect(try events.last?.field("finish_reason") == "content_filter")
    }

    // MARK: Lists

    private struct Models: Decodable {
        struct Item: Decodable { let id: String }
        let items: [Item]
        let defaultModel: String?

        enum CodingKeys: String, CodingKey {
            case items
            case defaultModel = "default_model"
        }
    }

    @Test(
        "Cases 17 and 19: lists of other shapes, and a default that can chat",
        arguments: [
            (
                #"[{"id":"vendor/model-a","object":"model","type":"chat","context_length":8192},{"id":"vendor/model-b","type":"chat"}]"#,
                "vendor/model-a", 2
            ),
            (
                #"{"object":"list","data":[{"id":"nomic-embed-text:latest","owned_by":"library"},{"id":"llama3:8b","owned_by":"library"}]}"#,
                "llama3:8b", 1
            ),
            (#"{"data":[{"id":"dall-e-3"},{"id":"whisper-1"},{"id":"gpt-4o"}]}"#, "gpt-4o", 1),
            (#"[{"id":"bge-m3","type":"embedding"},{"id":"m","type":"chat"}]"#, "m", 1),
            (#"{"models":[{"name":"llama3:8b","model":"llama3:8b"}]}"#, "llama3:8b", 1),
            (#"["one","two"]"#, "one", 2),
        ])
    func lists(list: String, first: String, count: Int) throws {
        let bench = try bench(Self.end, models: list)
        let models = try bench.signIn().get("/models").json(Models.self)
        #expect(models.defaultModel == first)
        #expect(models.items.count == count)
    }

    @Test("F5: numbers that cannot be true kill nobody")
    func numbers() throws {
        let entries = [
            #""context_length":9223372036854775807"#, #""context_length":-5"#,
            #""context_length":1e400"#, #""context_length":NaN"#, #""context_length":1e99999"#,
            #""pricing":{"prompt":"9000","completion":"9000"}"#,
            #""pricing":{"prompt":1e400,"completion":1e400}"#,
            #""pricing":{"prompt":"NaN","completion":-1}"#,
            #""pricing":{"prompt":"9223372036","completion":"0.1","request":"1e300"}"#,
            #""created":9223372036854775807"#,
            #""top_provider":{"max_completion_tokens":9223372036854775807}"#,
        ].enumerated().map { #"{"id":"m\#($0)",\#($1)}"# }
        let bench = try Workbench(
            list: (200, #"{"data":[\#(entries.joined(separator: ","))]}"#),
            chat: { exchange in
                try exchange.respond(
                    headers: [("Content-Type", "text/event-stream")],
                    body: Exchange.event(
                        #"{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e300,"completion_tokens_details":{"reasoning_tokens":-9223372036854775808},"cost":1e300}}"#
                    ) + "data: [DONE]\n\n")
            })
        let admin = try bench.signIn()
        #expect(try admin.get("/models").json(Models.self).items.count == entries.count)
        for number in entries.indices {
            let id = try admin.newConversation()
            let events = admin.say("Hi", in: id, extra: #","model":"m\#(number)""#).events
            #expect(events.text == "x", "m\(number)")
            #expect(try events.last?.field("state") == "completed")
        }
    }
}
