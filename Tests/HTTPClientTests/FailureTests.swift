import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite struct FailureTests {
    let client = HTTPClient()

    @Test func aClosedPortIsAConnectFailureAndNothingWasSent() throws {
        let server = try LocalServer { try $0.respond(body: "") }
        let request = try request(server)
        server.stop()
        let error = try failure { _ = try client.send(request) }
        #expect(error.code == .connect)
        #expect(!error.requestMayHaveBeenSent && !error.responseStarted)
    }

    @Test func anUnknownHostIsAResolveFailure() throws {
        var request = HTTPClient.Request(.get, try HTTPURL("https://nowhere.invalid/"))
        request.timeouts = patient
        let error = try failure { _ = try client.send(request) }
        #expect(error.code == .resolve)
        #expect(!error.requestMayHaveBeenSent)
    }

    @Test("14.10: a chunked body without its end is no success; what came is handed over")
    func truncatedChunks() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("part")
        }
        var text = ""
        let error = try failure {
            try client.stream(request(server)) { _ in
            } onBody: {
                text += String(decoding: $0, as: UTF8.self)
                return .more
            }
        }
        #expect(error.code == .truncated || error.code == .receive)
        #expect(error.responseStarted && error.requestMayHaveBeenSent)
        #expect(text == "part")
    }

    @Test("14.10: a body shorter than its Content-Length is no success")
    func shortBody() throws {
        let server = try LocalServer {
            try $0.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
        }
        #expect(try failure { _ = try client.send(request(server)) }.code == .truncated)
    }

    @Test("14.54: a reset in the middle hands over what came before it")
    func reset() throws {
        let seen = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("part")
            _ = seen.wait(for: 1)
            exchange.reset()
        }
        var text = ""
        let error = try failure {
            try client.stream(request(server)) { _ in
            } onBody: {
                text += String(decoding: $0, as: UTF8.self)
                seen.increment()
                return .more
            }
        }
        #expect(error.code == .receive)
        #expect(text == "part")
    }

    @Test func aConnectionClosedWithoutAnAnswerMayHaveDoneItsWork() throws {
        let server = try LocalServer { _ in }
        let error = try failure { _ = try client.send(request(.post, server)) }
        #expect(error.code == .emptyReply)
        #expect(error.requestMayHaveBeenSent && !error.responseStarted)
        #expect(server.requests.count == 1)
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9\r\n", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"])
    func aServerThatSpeaksSomethingElseIsAProtocolFailure(greeting: String) throws {
        let server = try LocalServer { try $0.write(greeting) }
        #expect(try failure { _ = try client.send(request(server)) }.code == .protocol)
    }

    @Test func anEndlessBodyIsCutAtTheLimit() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            while true { try exchange.chunk([UInt8](repeating: 65, count: 10_000)) }
        }
        var request = try request(server)
        request.maximumResponseBytes = 100_000
        #expect(try failure { _ = try client.send(request) }.code == .tooLarge)
    }

    @Test func anEndlessHeadIsCut() throws {
        let server = try LocalServer { exchange in
            try exchange.write("HTTP/1.1 200 OK\r\n")
            while true {
                try exchange.write("X-Filler: \(String(repeating: "a", count: 1_000))\r\n")
            }
        }
        #expect(try failure { _ = try client.send(request(server)) }.code == .tooLarge)
    }

    @Test("An error status is an answer", arguments: [400, 401, 404, 429, 500, 503, 529])
    func errorStatus(status: Int) throws {
        let server = try LocalServer { try $0.respond(status: status, body: "why") }
        let answer = try client.send(request(server))
        #expect(answer.head.status.code == status)
        #expect(String(decoding: answer.body, as: UTF8.self) == "why")
    }

    @Test("14.11: an empty body is an answer of no bytes")
    func emptyBody() throws {
        let server = try LocalServer { try $0.respond(body: "") }
        #expect(try client.send(request(server)).body.isEmpty)
    }
}
