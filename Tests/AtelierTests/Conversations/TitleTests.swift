import Testing

@testable import Atelier

@Suite struct TitleTests {
    /// One letter, as a person sees it, of some 450,000 bytes.
    private static let heavyLetter = "a" + String(repeating: "\u{301}", count: 225_000)

    @Test func aTitleIsTheBeginningOfTheMessage() {
        #expect(Title.beginning(of: " Hi\n\tthere ") == "Hi there")
        let long = Title.beginning(of: String(repeating: "word ", count: 30))
        #expect(long == String(repeating: "word ", count: 11) + "word…")
    }

    @Test(
        "What is cut is cut between characters as a person sees them",
        arguments: ["👩‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "👍🏽", "한", "क्षि"])
    func cutting(character: String) {
        let text = String(repeating: character, count: 100)
        let whole = Title.beginning(of: text).dropLast()
        #expect(whole.allSatisfy { $0 == Character(character) })
        #expect(whole.count == min(60, 477 / character.utf8.count))
    }

    @Test func aTitleIsBoundedInBytes() {
        for text in [Self.heavyLetter, "a " + Self.heavyLetter, Self.heavyLetter + " b"] {
            #expect(Title.beginning(of: text).utf8.count <= Title.byteLimit)
            #expect(!Title.beginning(of: text).isEmpty)
            #expect(Title.cleaned(text) == nil)
        }
    }

    @Test(
        "A model's proposal is one line without decoration",
        arguments: [
            ("\"A fine title.\"\n", "A fine title"), ("\n\n# Title: Bread\nMore", "Bread"),
            ("x", nil), ("", nil), ("A\u{7}b\u{0}c", "A b c"),
            (String(repeating: "x", count: 120), String(repeating: "x", count: 120)),
            (String(repeating: "x", count: 121), nil),
        ])
    func proposals(text: String, title: String?) {
        #expect(Title.cleaned(text) == title)
    }

    @Test(
        "What models put around a title goes",
        arguments: [
            "```json\n{\"title\": \"Hens and rabbits\"}\n```", "{\"title\": \"Hens and rabbits\"}",
            "{\n  \"Title\": \"Hens and rabbits\",\n  \"emoji\": \"🐔\", \"words\": 3\n}",
            "[\"Hens and rabbits\"]", "```\nHens and rabbits\n```", "```Hens and rabbits```",
            "**Title:** Hens and rabbits", "**Title**: Hens and rabbits",
            "**Title: Hens and rabbits**", "title: \"Hens and rabbits\"",
            "\"Title: Hens and rabbits\"", "**Title:**\n\nHens and rabbits",
            "Conversation Title: Hens and rabbits", "Titel: Hens and rabbits",
            "标题：Hens and rabbits", "Here is a title: Hens and rabbits",
            "Sure! Here is a title:\n\nHens and rabbits",
            "Sure! Here is a title:\n\n**\"Hens and rabbits\"**\n\nShall I go on?",
            "Hens and rabbits.<|im_end|>", "Hens and rabbits</s>",
            "Hens and rabbits<|eot_id|><|start_header_id|>user", "<s> Hens and rabbits</s>",
            "<|start|>assistant<|message|>Hens and rabbits<|return|>",
            "<title>Hens and rabbits</title>", "- Hens and rabbits", "1. Hens and rabbits\n2. Hens",
            "• Hens and rabbits", "## Hens and rabbits", "_Hens and rabbits_",
            "*Hens and rabbits*", "__Hens and rabbits__", "“Hens and rabbits”",
            "„Hens and rabbits“", "« Hens and rabbits »", "「Hens and rabbits」",
            "`Hens and rabbits`", "\"Hens and rabbits\".", "Hens and rabbits。",
        ])
    func decoration(text: String) {
        #expect(Title.cleaned(text) == "Hens and rabbits")
    }

    @Test(
        "What belongs to a title stays",
        arguments: [
            "\"Hens\" and \"rabbits\"", "*Hens* and *rabbits*", "`git rebase` or `git merge`",
            "C# vs. C++", ".NET in short", "What is .NET?", "Apples in the U.S.", "'Twas the night",
            "The hens'", "《鸡兔同笼》", "🐔 Hens & rabbits 🐇", "2. Weltkrieg", "Subtitles: a guide",
            "Hens: a history", "$x^2$ roots", "{} and [] in C", "snake_case_", "Wait for it...",
            "What does <|im_end|> mean", "The <title> tag", "C++ std::vector<int>",
        ])
    func plainTitles(text: String) {
        #expect(Title.cleaned(text) == text)
    }

    @Test(
        "What is no title is none",
        arguments: [
            "```json", "```json\n```", "{\"title\": \"Hens", "{\"answer\": 7}", "Title:", "**",
            "\"\"",
            "<|im_end|>", "Here is a title:",
            "I don't have the ability to browse external links, but I can help.",
            "I don’t have access to that.", "I'm sorry, but I can't help with that.",
            "As an AI language model, I cannot", "抱歉，我无法", "Es tut mir leid, das geht nicht.",
            "The person asks about hens and rabbits and how many feet they have all together here",
        ])
    func noTitles(text: String) {
        #expect(Title.cleaned(text) == nil)
    }
}
