import HTTPClient
import HTTPTypes
import TestSupport
import Testing

/// "hello, gzip\n" as `gzip -n` writes it.
private let zipped: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9,
    0xc9, 0xd7, 0x51, 0x48, 0xaf, 0xca, 0x2c, 0xe0, 0x02, 0x00, 0x86, 0x1f, 0x82, 0xa4,
    0x0c, 0x00, 0x00, 0x00,
]

@Suite("14.9: compressed bodies") struct CompressionTests {
    let client = HTTPClient()

    private func server() throws -> LocalServer {
        try LocalServer {
            try $0.respond(status: 200, headers: [("Content-Encoding", "gzip")], body: zipped)
        }
    }

    @Test func aCompressedAnswerIsDecoded() throws {
        let server = try server()
        let answer = try client.send(request(server))
        #expect(String(decoding: answer.body, as: UTF8.self) == "hello, gzip\n")
        #expect(server.requests.first?.header("accept-encoding")?.contains("gzip") == true)
    }

    @Test func aStreamAsksForNoCompressionButDecodesIt() throws {
        let server = try server()
        var request = try request(server)
        request.acceptsCompression = false
        #expect(try client.pieces(request).joined() == "hello, gzip\n")
        #expect(server.requests.first?.header("accept-encoding") == "identity")
    }

    @Test func aBrokenEncodingIsAnError() throws {
        let server = try LocalServer {
            try $0.respond(
                status: 200, headers: [("Content-Encoding", "gzip")], body: Array("no gzip".utf8))
        }
        let error = try failure { _ = try client.send(request(server)) }
        #expect(error.code == .encoding)
        #expect(error.responseStarted)
    }

    @Test func theLimitCountsDecodedBytes() throws {
        let server = try server()
        var request = try request(server)
        request.maximumResponseBytes = 11
        #expect(try failure { _ = try client.send(request) }.code == .tooLarge)
        request.maximumResponseBytes = 12
        #expect(try client.send(request).body.count == 12)
    }
}
