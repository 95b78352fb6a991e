import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite struct TransferTests {
    let client = HTTPClient()

    @Test func aRequestArrivesAsGivenAndTheAnswerComesBack() throws {
        let server = try LocalServer { exchange in
            try exchange.respond(
                status: 201, headers: [("X-One", " 1 "), ("X-Two", "")], body: "answer")
        }
        let answer = try client.send(
            request(
                .post, server, "a/b?c=d", headers: [.contentType: "text/plain", .accept: ""],
                body: Array("question".utf8)))
        #expect(answer.head.status.code == 201)
        #expect(answer.head.headerFields[HTTPField.Name("x-one")!] == "1")
        #expect(answer.head.headerFields[HTTPField.Name("x-two")!] == "")
        #expect(String(decoding: answer.body, as: UTF8.self) == "answer")

        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/a/b?c=d")
        #expect(seen.bodyText == "question")
        #expect(seen.header("content-type") == "text/plain")
        #expect(seen.header("accept") == "")
        #expect(seen.header("user-agent") == "Atelier")
    }

    @Test(arguments: [HTTPRequest.Method.get, .post, .delete, .put, .patch])
    func theMethodIsTheOneAskedFor(method: HTTPRequest.Method) throws {
        let server = try LocalServer { try $0.respond(body: "ok") }
        #expect(try client.send(request(method, server)).body == Array("ok".utf8))
        #expect(server.requests.map(\.method) == [method.rawValue])
        #expect(server.requests.first?.body == [])
    }

    @Test("14.59: a body over a megabyte goes out without waiting for 100 Continue")
    func noExpectHeader() throws {
        let server = try LocalServer { try $0.respond(body: "\($0.request.body.count)") }
        let body = [UInt8](repeating: 7, count: 3 << 20)
        let answer = try client.send(request(.post, server, body: body))
        #expect(String(decoding: answer.body, as: UTF8.self) == "\(3 << 20)")
        #expect(server.requests.first?.header("expect") == nil)
    }

    @Test func anInterimResponseAndTrailersAreNotTheHead() throws {
        let server = try LocalServer { exchange in
            try exchange.write("HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n")
            exchange.pause(milliseconds: 100)  // a read of its own
            try exchange.write(
                "HTTP/1.1 200 OK\r\nX-Real: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "4\r\nbody\r\n0\r\nX-Late: 1\r\n\r\n")  // one read: head and trailers
        }
        let answer = try client.send(request(server))
        #expect(answer.head.status.code == 200)
        #expect(answer.head.headerFields[HTTPField.Name("X-Hint")!] == nil)
        #expect(answer.head.headerFields[HTTPField.Name("X-Real")!] == "1")
        #expect(answer.head.headerFields[HTTPField.Name("X-Late")!] == nil)
    }

    @Test func piecesAreHandedOverAsTheyArrive() throws {
        let seen = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            for number in 1...3 {
                try exchange.chunk("piece \(number)")
                guard seen.wait(for: number) else { return }  // the client has it: go on
            }
            try exchange.endStream()
        }
        var pieces: [String] = []
        try client.stream(request(server)) { _ in
        } onBody: {
            pieces.append(String(decoding: $0, as: UTF8.self))
            seen.increment()
            return .more
        }
        #expect(pieces == ["piece 1", "piece 2", "piece 3"])
    }

    @Test func theHeadIsHandedOverBeforeTheBodyBegins() throws {
        let headSeen = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream(headers: [("X-Generation-Id", "gen-1")])
            guard headSeen.wait(for: 1) else { return }
            try exchange.chunk("late")
            try exchange.endStream()
        }
        var events: [String] = []
        try client.stream(request(server)) { head in
            events.append(head.headerFields[HTTPField.Name("x-generation-id")!] ?? "")
            headSeen.increment()
        } onBody: {
            events.append(String(decoding: $0, as: UTF8.self))
            return .more
        }
        #expect(events == ["gen-1", "late"])
    }

    @Test func aPauseIsAnnouncedBeforeWaitingForMore() throws {
        let paused = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("one")
            guard paused.wait(for: 1) else { return }  // comes without any further byte
            try exchange.endStream()
        }
        var pieces = 0
        try client.stream(request(server)) { _ in
        } onBody: { _ in
            pieces += 1
            return .more
        } onPause: {
            if pieces == 1 { paused.increment() }
        }
        #expect(paused.value >= 1)
    }

    @Test func anErrorDuringAPauseEndsTheTransferAndComesBack() throws {
        struct Full: Error {}
        let server = try LocalServer { _ = $0.waitForClientToLeave() }
        #expect(throws: Full.self) {
            try client.stream(request(server)) { _ in
            } onBody: { _ in
                .more
            } onPause: {
                throw Full()
            }
        }
    }

    @Test func anErrorOfTheReaderEndsTheTransferAndComesBack() throws {
        struct Full: Error {}
        let left = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("first")
            if exchange.waitForClientToLeave() { left.increment() }
        }
        #expect(throws: Full.self) {
            try client.stream(request(server)) { _ in
            } onBody: { _ in
                throw Full()
            }
        }
        #expect(left.wait(for: 1))
    }

    @Test func whoHasEnoughNeedNotWaitForAnEndThatDoesNotCome() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("[DONE]")
            _ = exchange.waitForClientToLeave()
        }
        var pieces = 0
        try client.stream(request(server)) { _ in
        } onBody: { _ in
            pieces += 1
            return .enough
        }
        #expect(pieces == 1)
    }

    @Test func whoHasEnoughStillLeavesTheConnectionGoodForTheNext() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("[DONE]")
            exchange.pause(milliseconds: 20)
            try exchange.endStream()
        }
        for _ in 1...3 {
            try client.stream(request(server)) { _ in
            } onBody: { _ in
                .enough
            }
        }
        #expect(server.connectionCount == 1)
    }

    @Test("14.58: a redirect is handed over, not followed")
    func redirectsAreNotFollowed() throws {
        let other = try LocalServer { try $0.respond(body: "stolen") }
        let server = try LocalServer { exchange in
            try exchange.respond(status: 307, headers: [("Location", other.url)])
        }
        let answer = try client.send(
            request(.post, server, headers: [.authorization: "Bearer secret"]))
        #expect(answer.head.status.code == 307)
        #expect(other.requests.isEmpty)
    }

    @Test func cookiesAreNotKept() throws {
        let server = try LocalServer {
            try $0.respond(headers: [("Set-Cookie", "a=b; Path=/")], body: "")
        }
        for _ in 1...2 { _ = try client.send(request(server)) }
        #expect(server.requests.allSatisfy { $0.header("cookie") == nil })
    }

    @Test func aHeaderCannotSmuggleAnother() throws {
        let server = try LocalServer { try $0.respond(body: "") }
        _ = try client.send(
            request(server, headers: [.authorization: "Bearer a\r\nX-Admin: 1"]))
        #expect(server.requests.first?.header("x-admin") == nil)
        #expect(server.requests.first?.header("authorization") == "Bearer a  X-Admin: 1")
    }

    @Test func aRequestDescribesItselfWithoutHeadersQueryAndBody() throws {
        let server = try LocalServer { try $0.respond(body: "") }
        let request = try request(
            .post, server, "path?key=hidden", headers: [.authorization: "Bearer hidden"],
            body: Array("hidden".utf8))
        #expect("\(request)" == "POST \(server.url)/path")
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains("hidden") && !String(reflecting: request).contains("hidden"))
    }
}
