import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@testable import Providers

@Suite("14.51: keys and account ids stay out of sight") struct SecretTests {
    private func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text + "\(value)" + String(reflecting: value)
    }

    @Test func aSecretDoesNotShowItself() throws {
        let secret = Secret("  hidden-value\n")
        #expect(secret.exposed == "hidden-value")
        #expect(!dumped(secret).contains("hidden"))
        #expect(!dumped([secret] as [Any]).contains("hidden"))
        #expect(!dumped(Optional(secret) as Any).contains("hidden"))
    }

    @Test func anEndpointAndItsRequestsDoNotShowTheKey() throws {
        let endpoint = try ProviderEndpoint(
            name: "p", baseURL: HTTPURL("https://example.com/v1"), apiKey: Secret("hidden-value"))
        #expect(!dumped(endpoint).contains("hidden"))
        let request = endpoint.request(.get, "models")
        #expect(!dumped(request).contains("hidden"))
        #expect(request.headers[.authorization] == "Bearer hidden-value")
    }

    @Test func anEmptyKeyIsNone() throws {
        let endpoint = try ProviderEndpoint(
            name: "p", baseURL: HTTPURL("https://example.com/v1"), apiKey: Secret(" \n"))
        #expect(endpoint.request(.get, "models").headers[.authorization] == nil)
    }

    @Test(
        arguments: [
            ("Incorrect key sk-abc***xyz.", "Incorrect key [redacted]"),
            ("key=sk-or-v1-0e6...1c9, sorry", "key=[redacted], sorry"),
            ("no org-1a2b and \"user_2abc\"", "no [redacted] and \"[redacted]\""),
            ("the key 0123456789abcdef is bad", "the key [redacted] is bad"),
            ("all of \(testKey)!", "all of [redacted]!"),
            ("user_ and sk- and the user are fine", "user_ and sk- and the user are fine"),
            ("a\u{0}b\r\n  c\u{1B}[31m", "a b c [31m"),
            ("<!DOCTYPE html><p>x", ""), ("<HTML lang=en>", ""),
        ])
    func excerpts(text: String, expected: String) {
        #expect(Redactor(Secret(testKey)).excerpt(text, limit: 300) == expected)
    }

    @Test func aKeyOfAnyShapeIsBlackedOut() {
        let redactor = Redactor(Secret("p@ss/w=rd+1"))
        #expect(
            redactor.excerpt("Bearer p@ss/w=rd+1 refused", limit: 99) == "Bearer [redacted] refused"
        )
    }

    @Test("A key of less than eight characters is a placeholder, and may be any word")
    func aShortKeyIsNoSecret() {
        #expect(Redactor(Secret("x")).excerpt("'max_tokens'", limit: 99) == "'max_tokens'")
        #expect(Redactor(Secret("ollama")).excerpt("no ollama", limit: 99) == "no ollama")
        #expect(Redactor(Secret("12345678")).excerpt("a12345678b", limit: 99) == "a[redacted]b")
    }

    @Test func longTextIsCut() {
        let excerpt = Redactor().excerpt(String(repeating: "ab ", count: 1_000_000), limit: 10)
        #expect(excerpt == "ab ab ab …")
    }

    @Test func anErrorThatQuotesKeyAndAccountShowsNeither() throws {
        let body =
            #"{"error":{"message":"Key \#(testKey) of user_2abc: bad argument","code":400},"#
            + #""user_id":"user_2abc"}"#
        let chat = try Chat(
            answer: body, status: 400, headers: [("Content-Type", "application/json")])
        let error = try #require(chat.outcome.error)
        #expect(
            error.message
                == "The provider refuses the request: Key [redacted] of [redacted]: bad argument")
        #expect(!dumped(chat).contains("0123456789abcdef"))
        #expect(!dumped(chat).contains("user_2abc"))
    }

    @Test(arguments: ["", "a/b", "a b", "ü", ".", ".hidden", "a\n", "../x"])
    func aProviderNameIsPlain(name: String) throws {
        let url = try HTTPURL("https://example.com/v1")
        #expect(throws: InvalidProviderName(name: name)) {
            try ProviderEndpoint(name: name, baseURL: url)
        }
    }
}
