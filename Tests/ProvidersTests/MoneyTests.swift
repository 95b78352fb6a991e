import Testing

@testable import Providers

@Suite struct MoneyTests {
    @Test(
        "14.64: amounts are exact",
        arguments: [
            ("0", 0), ("0.0002", 200_000), ("1.2e-07", 120), ("3.4E-7", 340),
            ("12", 12_000_000_000),
            ("12.0", 12_000_000_000), (".5", 500_000_000), ("5.", 5_000_000_000),
            ("-1", -1_000_000_000),
            ("+1", 1_000_000_000), ("0.0000000004", 0), ("0.0000000005", 1), ("-0.0000000005", -1),
            ("0.00000000149999999", 1), ("0.1", 100_000_000), ("0.3", 300_000_000),
            ("0.03360125", 33_601_250), ("0.12345678901234567", 123_456_789), ("1e-400", 0),
            ("000123.4", 123_400_000_000), ("9223372036.854775807", .max), ("0e999", 0),
        ] as [(String, Int64)])
    func nanoUSD(text: String, expected: Int64) {
        #expect(Money.nanoUSD(text) == expected)
    }

    @Test(arguments: [
        "", "-", ".", "e5", "1e", "1e5.5", "abc", "1,5", "1 ", "0x10", "1e9999999", "NaN", "∞",
    ])
    func noNumber(text: String) {
        #expect(Money.nanoUSD(text) == nil)
    }

    @Test(arguments: ["9223372036.854775808", "1e10", "1e40", "99999999999999999999999999"])
    func tooMuch(text: String) {
        #expect(Money.nanoUSD(text) == nil)
    }

    @Test func pricesArePerMillionTokens() {
        #expect(Money.nanoUSDPerMillion("0.000001") == 1_000_000_000)
        #expect(Money.nanoUSDPerMillion("0.00000012500000001") == 125_000_000)
        #expect(Money.nanoUSDPerMillion("5e-06") == 5_000_000_000)
    }

    private func prices() -> ModelPrices {
        var prices = ModelPrices(prompt: 3_000_000_000, completion: 15_000_000_000)
        prices.cacheRead = 300_000_000
        prices.cacheWrite = 3_750_000_000
        return prices
    }

    @Test func aCostIsComputedFromThePrices() {
        let usage = TokenUsage(
            promptTokens: 1_000, completionTokens: 100, reasoningTokens: 40, cachedTokens: 400,
            cacheWriteTokens: 100)
        // 500 × 3 000 + 400 × 300 + 100 × 3 750 + 100 × 15 000 nano-USD
        #expect(prices().cost(of: usage) == 3_495_000)
        var prices = prices()
        prices.request = 7
        prices.reasoning = 0
        #expect(prices.cost(of: usage) == 2_895_007)
    }

    @Test func theSumIsRoundedOnce() {
        let prices = ModelPrices(prompt: 400_000, completion: 100_000)
        #expect(prices.cost(of: TokenUsage(promptTokens: 1, completionTokens: 0)) == 0)
        #expect(prices.cost(of: TokenUsage(promptTokens: 1, completionTokens: 1)) == 1)
    }

    @Test("14.64: counts that contradict each other do no harm")
    func oddCounts() {
        let prices = ModelPrices(prompt: 1_000_000, completion: 1_000_000)
        let usage = TokenUsage(
            promptTokens: 10, completionTokens: 10, reasoningTokens: 11, cachedTokens: 50,
            cacheWriteTokens: -3)
        #expect(prices.cost(of: usage) == 20)
        #expect(prices.cost(of: TokenUsage(promptTokens: -5, completionTokens: 1)) == 1)
        let huge = TokenUsage(promptTokens: .max, completionTokens: .max)
        #expect(ModelPrices(prompt: .max, completion: .max).cost(of: huge) == nil)
    }

    @Test("A list with absurd prices says nothing of costs, which would overflow sums")
    func absurdPrices() {
        let usage = TokenUsage(promptTokens: 1_000_000, completionTokens: 0)
        let million: Int64 = 1_000_000_000_000_000
        #expect(ModelPrices(prompt: million, completion: 0).cost(of: usage) == million)
        #expect(ModelPrices(prompt: million + 1, completion: 0).cost(of: usage) == nil)
    }
}
