/// The models that a newcomer may choose; the first one is the one to begin with.
enum DemoModels {
    static let all: [Model] = [
        model(
            "showcase", "Showcase",
            "Shows what an answer can hold: headings, lists, tables, code, formulas. Needs no network.",
            Price(prompt: 250, completion: 1_000)
        ) { _ in .speech(Showcase.text, every: .milliseconds(25)) },
        model(
            "echo", "Echo", "Says your message back to you, at once.",
            Price(prompt: 100, completion: 400)
        ) { .speech($0.question) },
        model(
            "reason", "Reasoning", "Thinks aloud before it answers.",
            Price(prompt: 1_000, completion: 5_000)
        ) { _ in Reasoning.scenario },
        model(
            "slow", "Slow", "Lets you wait five seconds, then speaks four words a second.",
            Price(prompt: 500, completion: 2_000)
        ) { _ in
            .answer(.wait(.seconds(5)), .words(slowText, as: .content, every: .milliseconds(250)))
        },
        model(
            "long", "Long", "Writes about three thousand words in a few seconds.",
            Price(prompt: 500, completion: 2_000)
        ) { _ in .speech(LongAnswer.text, every: .milliseconds(2)) },
        model(
            "fast", "Fast", "Answers with twenty chunks and no pause; made for benchmarks.",
            Price(prompt: 100, completion: 400)
        ) { _ in .speech(fastText) },
        model(
            "title", "Title", "Makes a title of the first words of a text.",
            Price(prompt: 10, completion: 40)
        ) { .speech(TitleWords.title(of: $0.question)) },
    ]

    private static func model(
        _ slug: String, _ name: String, _ description: String, _ price: Price,
        _ scenario: @escaping @Sendable (DemoRequest) -> Scenario
    ) -> Model {
        Model(
            id: "demo/" + slug, name: "Demo: " + name, description: description, price: price,
            canonicalSlug: "demo/\(slug)-20260801", reply: { .play(scenario($0)) })
    }

    private static let slowText = """
        This is the slow demo model. It kept you waiting without a word, as a large model does while \
        it starts, and now it speaks a few words every second. There is time to press Stop, to open \
        another conversation, or to reload the page: the answer goes on in any case.
        """

    /// Exactly twenty words.
    private static let fastText = """
        Twenty words leave here at once, one chunk each, without any pause, so that a benchmark can \
        count every one.
        """
}
