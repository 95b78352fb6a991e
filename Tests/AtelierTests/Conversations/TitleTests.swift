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
}
