import FoundationEssentials
import Testing

@testable import DemoProvider

@Suite struct AccountingTests {
    @Test(arguments: [
        (0, "0"), (1, "0.000000001"), (42_000, "0.000042"), (1_000_000_000, "1"),
        (12_340_000_000, "12.34"),
    ])
    func moneyIsExactDecimalText(nano: Int, text: String) {
        #expect(NanoUSD(nano).decimal == text)
    }

    @Test func costIsTokensTimesPrice() throws {
        // "Be brief." is 3 tokens, the question 4 and so is its echo.
        let usage = try #require(
            try Fixture().chat("demo/echo", "Grüße, Welt!").chunks().last?.usage)
        #expect(usage.promptTokens == 7)
        #expect(usage.completionTokens == 4)
        #expect(usage.totalTokens == 11)
        #expect(usage.cost == Decimal(string: "0.0000023"))
    }

    @Test func textsAreEscapedAsJSONWants() throws {
        let text = "\u{0}\u{1}\u{1F}\t\n\r\"\\/ü🔧\u{7F}\u{2028}"
        let json: JSONLiteral = "\(text)"
        #expect(try JSONDecoder().decode(String.self, from: Data(json.bytes)) == text)
        let none: String? = nil
        #expect(("[\(none),\(true),\(7)]" as JSONLiteral).bytes == [UInt8]("[null,true,7]".utf8))
    }

    @Test(arguments: ["", "one", "one two", "  lead", "trail \n\n", "a\n  b  c", "Grüße – 🔧 x"])
    func wordsJoinToTheText(text: String) {
        #expect(text.words.joined() == text)
        #expect(!text.words.contains(""))
    }
}
