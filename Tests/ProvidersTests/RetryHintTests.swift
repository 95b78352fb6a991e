import HTTPTypes
import Testing

@testable import Providers

@Suite("14.46, 63: how long to wait") struct RetryHintTests {
    private let now = 784_111_777  // Sun, 06 Nov 1994 08:49:37 GMT

    private func hint(_ headers: [(String, String)], error: WireError = WireError(message: nil))
        throws -> Duration?
    {
        var fields = HTTPFields()
        for (name, value) in headers {
            fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return RetryHint.duration(error: error, headers: fields, now: now)
    }

    @Test func secondsCount() throws {
        #expect(try hint([("Retry-After", "7")]) == .seconds(7))
        #expect(try hint([("Retry-After", "-7")]) == .zero)
        #expect(try hint([("retry-after-ms", "250"), ("Retry-After", "7")]) == .milliseconds(250))
    }

    @Test func aDateIsComparedWithTheServersOwnClock() throws {
        let date = ("Retry-After", "Sun, 06 Nov 1994 08:49:57 GMT")
        #expect(try hint([date]) == .seconds(20))
        #expect(try hint([date, ("Date", "Sun, 06 Nov 1994 08:49:47 GMT")]) == .seconds(10))
        #expect(try hint([date, ("Date", "Sun, 06 Nov 1994 09:49:47 GMT")]) == .zero)
    }

    @Test func aResetTimeIsTakenForWhatItLooksLike() throws {
        #expect(try hint([("X-RateLimit-Reset", "\(now + 5)000")]) == .seconds(5))
        #expect(try hint([("X-RateLimit-Reset", "1")]) == .seconds(1))
        var error = WireError(message: nil)
        error.resetHeader = "\(now + 9)000"
        #expect(try hint([], error: error) == .seconds(9))
        #expect(
            RetryHint.duration(
                error: WireError(message: nil),
                headers: [HTTPField.Name("X-RateLimit-Reset")!: "1780000010"],
                now: 1_780_000_000) == .seconds(10))
    }

    @Test func openRoutersOwnHintWins() throws {
        var error = WireError(message: nil)
        error.retryAfterSeconds = 40
        #expect(try hint([("Retry-After", "7")], error: error) == .seconds(40))
    }

    @Test(
        arguments: [
            "", "soon", "NaN", "inf", "1e300", "Sun, 06 Nov 1994", "Xxx, 99 Foo 1994 1:1:1 GMT",
            "Sun, 06 Nov -2147483648 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        ])
    func nonsenseIsNoHint(text: String) throws {
        #expect(
            try hint([("Retry-After", text), ("retry-after-ms", text), ("X-RateLimit-Reset", text)])
                == nil)
    }

    @Test func nothingIsNoHint() throws {
        #expect(try hint([]) == nil)
    }
}
