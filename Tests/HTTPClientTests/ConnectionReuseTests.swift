import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite struct ConnectionReuseTests {
    let client = HTTPClient()

    @Test func requestsInARowShareOneConnection() throws {
        let server = try LocalServer { try $0.respond(body: "x") }
        for _ in 1...5 { _ = try client.send(request(server)) }
        #expect(server.connectionCount == 1)
    }

    @Test func anotherThreadGetsTheWarmConnection() throws {
        let server = try LocalServer { try $0.respond(body: "x") }
        let request = try request(server)
        for _ in 1...3 {
            JoinableThread { [client] in _ = try? client.send(request) }.join()
        }
        #expect(server.requests.count == 3)
        #expect(server.connectionCount == 1)
    }

    @Test func eachServerKeepsItsOwnConnection() throws {
        let one = try LocalServer { try $0.respond(body: "1") }
        let two = try LocalServer { try $0.respond(body: "2") }
        for _ in 1...3 {
            #expect(try client.send(request(one)).body == Array("1".utf8))
            #expect(try client.send(request(two)).body == Array("2".utf8))
        }
        #expect(one.connectionCount == 1)
        #expect(two.connectionCount == 1)
    }

    @Test func nothingOfARequestStaysOnTheHandle() throws {
        let server = try LocalServer { try $0.respond(body: "x") }
        _ = try client.send(
            request(.delete, server, headers: [.authorization: "Bearer k"], body: [65]))
        _ = try client.send(request(server))
        #expect(server.requests.last?.method == "GET")
        #expect(server.requests.last?.header("authorization") == nil)
        #expect(server.requests.last?.body == [])
    }

    /// A server whose every second request on a connection dies before the first byte of its answer.
    private func dyingServer() throws -> LocalServer {
        let number = Counter()
        return try LocalServer { exchange in
            guard number.increment() == 2 else { return try exchange.respond(body: "fine") }
            exchange.reset()
        }
    }

    @Test("14.55: a kept connection that turns out dead is replaced once, at once, for a GET")
    func staleConnection() throws {
        let server = try dyingServer()
        _ = try client.send(request(server))
        #expect(try client.send(request(server)).body == Array("fine".utf8))
        #expect(server.requests.count == 3)
        #expect(server.connectionCount == 2)
    }

    @Test(
        "What may cost something goes out once, however warm the connection",
        arguments: [HTTPRequest.Method.post, .put, .delete])
    func notRepeated(method: HTTPRequest.Method) throws {
        let server = try dyingServer()
        _ = try client.send(request(server))
        let error = try failure { _ = try client.send(request(method, server, body: [1])) }
        #expect(error.code == .receive || error.code == .emptyReply)
        #expect(error.requestMayHaveBeenSent)
        #expect(server.requests.count == 2)
    }

    @Test func anAnsweredPostLeavesNoConnectionThatTheNextOneCouldFindDead() throws {
        let server = try LocalServer { try $0.respond(body: "x") }
        for _ in 1...3 { _ = try client.send(request(.post, server, body: [1])) }
        #expect(server.requests.count == 3)
        #expect(server.connectionCount == 3)
    }

    @Test("14.55: a new connection that dies is not replaced")
    func freshConnectionThatDies() throws {
        let server = try LocalServer { $0.reset() }
        let error = try failure { _ = try client.send(request(.post, server, body: [1])) }
        #expect(error.code == .receive || error.code == .emptyReply)
        #expect(server.requests.count == 1)
    }

    @Test func manyThreadsAtOnceGetTheirOwnAnswers() throws {
        let server = try LocalServer { try $0.respond(body: $0.request.target) }
        let wrong = Counter()
        let right = Counter()
        let url = server.url
        let threads = (1...8).map { thread in
            JoinableThread { [client] in
                for turn in 1...20 {
                    let path = "/\(thread)/\(turn)"
                    guard let address = try? HTTPURL(url + path, allowPlainHTTP: true),
                        let answer = try? client.send(HTTPClient.Request(.get, address)),
                        answer.body == Array(path.utf8)
                    else {
                        wrong.increment()
                        continue
                    }
                    right.increment()
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(wrong.value == 0)
        #expect(right.value == 160)
        #expect(server.connectionCount <= 8)
    }
}
