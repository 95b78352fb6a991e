import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite struct TimeoutTests {
    let client = HTTPClient()

    private func silent() throws -> LocalServer {
        try LocalServer { _ = $0.waitForClientToLeave() }
    }

    @Test func noConnectionInTime() throws {
        // A backlog of one that is full: the kernel leaves further connections unanswered.
        let port = try FullBacklog()
        var request = HTTPClient.Request(
            .get, try HTTPURL("http://127.0.0.1:\(port.port)", allowPlainHTTP: true))
        request.timeouts = patient
        request.timeouts.connect = .milliseconds(100)
        let error = try failure { _ = try client.send(request) }
        #expect(error.code == .connectTimeout)
        #expect(!error.requestMayHaveBeenSent)
    }

    @Test("14.52: no first byte in time")
    func noFirstByte() throws {
        let server = try silent()
        var request = try request(.post, server, body: [1])
        request.timeouts.firstByte = .milliseconds(100)
        let error = try failure { _ = try client.send(request) }
        #expect(error.code == .firstByteTimeout)
        #expect(error.requestMayHaveBeenSent && !error.responseStarted)
    }

    @Test func silenceWithinTheBody() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("one")
            _ = exchange.waitForClientToLeave()
        }
        var request = try request(server)
        request.timeouts.idle = .milliseconds(100)
        let error = try failure { _ = try client.pieces(request) }
        #expect(error.code == .idleTimeout)
        #expect(error.responseStarted)
    }

    @Test func bytesKeepTheIdleClockFromRunningOut() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            for _ in 1...8 {
                exchange.pause(milliseconds: 100)
                try exchange.chunk(": \n")
            }
            try exchange.endStream()
        }
        var request = try request(server)
        request.timeouts.idle = .milliseconds(700)
        #expect(try client.pieces(request).joined().count == 24)
    }

    @Test func aSlowReaderIsNotSilenceOfTheServer() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("one")
            exchange.pause(milliseconds: 50)
            try exchange.chunk("two")
            try exchange.endStream()
        }
        var request = try request(server)
        request.timeouts.idle = .milliseconds(400)
        var pieces = 0
        try client.stream(request) { _ in
        } onBody: { _ in
            pieces += 1
            sleep(milliseconds: 600)
            return .more
        }
        #expect(pieces == 2)
    }

    @Test("14.53: a slow drip for ever ends at the total limit")
    func total() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            while true {
                try exchange.chunk(":\n")
                exchange.pause(milliseconds: 10)
            }
        }
        var request = try request(server)
        request.timeouts.total = .milliseconds(200)
        #expect(try failure { _ = try client.pieces(request) }.code == .totalTimeout)
    }

    @Test func theHandleIsGoodForTheNextRequestAfterATimeout() throws {
        let number = Counter()
        let server = try LocalServer { exchange in
            if number.increment() == 1 {
                _ = exchange.waitForClientToLeave()
            } else {
                try exchange.respond(body: "fine")
            }
        }
        var request = try request(server)
        request.timeouts.firstByte = .milliseconds(50)
        #expect(throws: HTTPClientError.self) { try client.send(request) }
        request.timeouts = patient
        #expect(try client.send(request).body == Array("fine".utf8))
        #expect(server.connectionCount == 2)
    }
}
