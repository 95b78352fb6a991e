import Web

/// Every way to misbehave that can be had above the connection.
enum Simulations {
    static let all = ordinary + paced + framed + ended + failing + refusing

    /// Proper answers, quickly.
    private static let ordinary = [
        Simulation("echo") { chat, _ in .play(.speech(chat.question)) },
        Simulation("reason", .play(.answer(.reason("Think first. "), .send(.signature), hello))),
        Simulation(
            "tools",
            .play(
                .answer(
                    .send(
                        .toolCall(
                            DemoToolCall(id: "call_1", name: "get_weather", arguments: ""))),
                    call(""), call(#"{"city": "Ber"#), call(#"lin"}"#), finish: .toolCalls))),
        Simulation("image", .play(.answer(hello, image(base64: pixel)))),
    ]

    /// The number is seconds.
    private static let paced = [
        Simulation("slow", number: 30, in: 0...600) { .play(.answer(.wait(.seconds($1)), hello)) },
        Simulation("silent", number: 30, in: 0...600) {
            .play(.answer(.silence(.seconds($1)), hello))
        },
        Simulation("stall", number: 30, in: 0...600) {
            .play(.answer(hello, .silence(.seconds($1)), hello))
        },
    ]

    private static let framed = [
        Simulation(
            "crlf",
            .play(
                Scenario(
                    steps: greeting,
                    framing: Framing(lineEnd: "\r\n", field: "data:", splitsData: true)))),
        Simulation(
            "drip",
            .play(Scenario(steps: greeting, framing: Framing(lineEnd: "\r\n", drips: true)))),
        // The number is MiB.
        Simulation("huge-line", number: 20, in: 1...100) {
            .play(.answer(hello, image(base64: String(repeating: kibibyte, count: $1 << 10))))
        },
        Simulation("json-for-stream", .play(Scenario(steps: greeting, form: .document))),
    ]

    private static let ended = [
        Simulation("usage-a", .play(ending(.finish(.stop), .usage(.emptyDelta), .done))),
        Simulation("usage-b", .play(ending(.finish(.stop), .usage(.emptyChoices), .done))),
        Simulation("usage-c", .play(ending(.finish(.stop), .usage(.repeatedFinish), .done))),
        Simulation("usage-none", .play(ending(.finish(.stop), .done))),
        Simulation("no-done", .play(ending(.finish(.stop), .usage(.repeatedFinish)))),
        Simulation(
            "double-done", .play(ending(.finish(.stop), .usage(.repeatedFinish), .done, .done))),
        Simulation("only-done", .play(Scenario(steps: [.done]))),
        Simulation("truncate", .play(ending())),
        Simulation(
            "length-empty", .play(.answer(.reason("Until all tokens are used. "), finish: .length))),
    ]

    /// Errors after the status was sent.
    private static let failing = [
        Simulation("midstream-error", .play(ending(.fail(.documented)))),
        Simulation("midstream-empty-choices", .play(ending(.fail(.emptyChoices), .done))),
        Simulation("midstream-string-code", .play(ending(.fail(.stringCode), .done))),
        Simulation("midstream-silent", .play(ending(.fail(.silent), .done))),
    ]

    /// Something else instead of an answer.
    private static let refusing = [
        // The number is the status.
        Simulation("err", number: 500, in: 400...599) { .refuse(Refusals.status($1)) },
        Simulation("html", number: 502, in: 400...599) { .refuse(Refusals.html($1)) },
        Simulation("429-seconds", .refuse(Refusals.retryAfter(seconds: 2))),
        Simulation("429-date", .refuse(Refusals.retryAfterDate(seconds: 2))),
        Simulation("429-reset-ms", .refuse(Refusals.rateLimitReset(seconds: 2))),
        Simulation("429-none", .refuse(Refusals.status(429))),
        Simulation("moderated", .refuse(Refusals.moderated)),
        Simulation("err-in-200", .refuse(Refusals.errorWithSuccess)),
        Simulation("empty-200", .refuse(Refusals.empty)),
    ]

    // MARK: Parts of scenarios

    private static let hello = Step.send(.content("Hello. "))
    /// Has characters of two, three and four bytes.
    private static let greeting = Scenario.speech("Grüße aus der Werkstatt – 15 °C 🔧").steps
    private static let kibibyte = String(repeating: "A", count: 1 << 10)
    private static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

    /// A few words, then these steps.
    private static func ending(_ steps: Step...) -> Scenario {
        Scenario(steps: [.words("These words arrived. ", as: .content, every: .zero)] + steps)
    }

    private static func call(_ arguments: String) -> Step {
        .send(.toolCall(DemoToolCall(arguments: arguments)))
    }

    private static func image(base64: String) -> Step {
        .send(.image("data:image/png;base64," + base64))
    }
}
