import HTTPClient
import Testing

@Suite struct HTTPURLTests {
    @Test(
        arguments: [
            "", "example.com", "/v1", "ftp://example.com/", "file:///etc/passwd",
            "https://user@example.com/", "https://user:word@example.com/",
            "https://example.com/a b", "https://example.com/\r\nHost: other",
            "https://exa\tmple.com",
            "https://example.com/\u{0}", "https://münchen.example/", "https://example.com:99999/",
            "https://", "gopher://example.com", "javascript:alert(1)", "https://[::1",
            "https://%00/",
        ])
    func refused(text: String) {
        #expect(throws: HTTPClientError.self) { try HTTPURL(text, allowPlainHTTP: true) }
    }

    @Test func plainHTTPNeedsLeave() throws {
        #expect(throws: HTTPClientError.self) { try HTTPURL("http://example.com/") }
        #expect(try HTTPURL("http://example.com/", allowPlainHTTP: true).port == 80)
    }

    @Test func itsPartsAreThere() throws {
        let url = try HTTPURL("HTTPS://Example.com/v1/?key=1#part")
        #expect(url.scheme == "https")
        #expect(url.port == 443)
        #expect(url.path == "/v1/")
        #expect(url.query == "key=1")
        #expect(url.text.hasSuffix("/v1/?key=1"))
        #expect(!"\(url)".contains("key"))
        #expect(try HTTPURL("https://[2606:4700::1]:8443").origin == "https://[2606:4700::1]:8443")
    }

    @Test(
        arguments: [
            ("https://a.b", "/models"), ("https://a.b/", "/models"),
            ("https://a.b/v1", "/v1/models"),
            ("https://a.b/v1/", "/v1/models"),
        ])
    func pathsAreAppended(base: String, path: String) throws {
        #expect(try HTTPURL(base).appending(path: "models").path == path)
    }

    @Test func whatIsAppendedIsEncoded() throws {
        let url = try HTTPURL("https://a.b/v1?version=2")
        #expect(
            url.appending(path: "chat/completions").text.hasSuffix("/v1/chat/completions?version=2")
        )
        #expect(
            url.appending(path: "x y/..%2f", query: [("id", "a&b=ü")]).text
                == "https://a.b:443/v1/x%20y/..%252f?id=a%26b%3D%C3%BC")
    }
}
