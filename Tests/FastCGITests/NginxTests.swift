import FastCGI
import Testing

@Suite(.enabled(if: Nginx.isInstalled)) struct NginxTests {
    private struct Site {
        let running: RunningServer
        let nginx: Nginx

        init(handler: @escaping Server.Handler) throws {
            running = try RunningServer(handler: handler)
            nginx = try Nginx(inFrontOf: running.listener)
        }

        func response(
            _ method: String, _ path: String, _ headers: [String] = [], body: [UInt8] = []
        ) throws -> HTTPResponse {
            let client = try HTTPClient(port: nginx.port)
            client.sendHead(method, path, headers)
            client.send(body)
            return client.response()
        }

        var hasNoConnection: Bool {
            eventually { running.listener.acceptedDescriptors == 0 }
        }
    }

    @Test func aRequestComesThroughWithItsHeaders() throws {
        let site = try Site { exchange in
            let parameters = exchange.parameters
            let names = ["REQUEST_METHOD", "DOCUMENT_URI", "QUERY_STRING", "CONTENT_LENGTH"]
            let values = names.map { parameters[$0] ?? "-" }
            try exchange.answer(
                (values + parameters.values(of: "HTTP_X_TWICE")).joined(separator: "|"))
        }
        let response = try site.response("GET", "/a/b?c=d", ["X-Twice: 1", "X-Twice: 2"])
        #expect(response.status == 200)
        #expect(response.text == "GET|/a/b|c=d||1|2")
        #expect(site.hasNoConnection)
    }

    @Test func aHeadRequestIsAnsweredWithoutTheBody() throws {
        let site = try Site { try $0.answer("hello") }
        let response = try site.response("HEAD", "/")
        #expect(response.status == 200)
        #expect(response.head.contains("Content-Length: 5"))
        #expect(response.body.isEmpty)
        #expect(try site.response("GET", "/").text == "hello")
        #expect(site.hasNoConnection)
    }

    @Test func whatIsFlushedReachesTheClientAtOnce() throws {
        let gate = Gate()
        let site = try Site { exchange in
            try exchange.write("X-Accel-Buffering: no\r\nContent-Type: text/event-stream\r\n\r\n")
            for event in 1...3 {
                try exchange.write("data: \(event)\n\n")
                try exchange.flush()
                gate.wait()
            }
        }
        let client = try HTTPClient(port: site.nginx.port)
        client.sendHead("GET", "/")
        for event in 1...3 {
            var received = ""
            while !received.hasSuffix("data: \(event)\n\n") {
                let part = client.receive()
                try #require(!part.isEmpty)
                received += String(decoding: part, as: UTF8.self)
            }
            gate.open()
        }
        #expect(client.receive().isEmpty)
        #expect(site.hasNoConnection)
    }

    @Test(
        "An upload of 30 MB arrives whole, buffered by nginx or not",
        arguments: ["/buffered", "/unbuffered"])
    func upload(path: String) throws {
        let received = Log<[UInt8]>()
        let site = try Site { try BodyTests.measure($0, limit: 32 << 20, received) }
        let body = BodyTests.bytes(30 << 20)
        let response = try site.response(
            "POST", path, ["Content-Length: \(body.count)"], body: body)
        #expect(response.text == "\(body.count) 0")
        #expect(received.all == [body])
        #expect(site.hasNoConnection)
    }

    @Test(
        "An upload over the limit is answered before it has arrived",
        arguments: ["/buffered", "/unbuffered"])
    func uploadOverLimit(path: String) throws {
        let site = try Site { exchange in
            do { _ = try exchange.readBody(limit: 1 << 20) } catch BodyError.tooLarge {
                try exchange.answer("too large", status: "413 Content Too Large")
            }
        }
        let body = BodyTests.bytes(8 << 20)
        let client = try HTTPClient(port: site.nginx.port)
        client.sendHead("POST", path, ["Content-Length: \(body.count)"])
        if path == "/buffered" { client.send(body) } else { client.send(body.prefix(1000)) }
        let response = client.response()
        #expect(response.status == 413)
        #expect(response.text == "too large")
        #expect(site.hasNoConnection)
    }

    @Test func aClientThatBreaksItsUploadOffIsNoticed() throws {
        let log = Log<BodyError?>()
        let site = try Site { exchange in
            do throws(BodyError) {
                _ = try exchange.readBody(limit: 1 << 20)
                log.add(nil)
            } catch { log.add(error) }
        }
        do {
            let client = try HTTPClient(port: site.nginx.port)
            client.sendHead("POST", "/unbuffered", ["Content-Length: 1000000"])
            client.send(BodyTests.bytes(300_000))
            #expect(eventually { site.running.server.statistics.busy == 1 })
        }
        #expect(eventually { log.all == [.truncated] })
        #expect(site.hasNoConnection)
    }

    @Test("A client that leaves is noticed", arguments: [true, false])
    func clientLeaves(whileWriting: Bool) throws {
        let log = Log<String>()
        let site = try Site { exchange in
            try exchange.write("X-Accel-Buffering: no\r\n\r\nstart")
            try exchange.flush()
            log.add(exchange.isClientGone ? "gone" : "there")
            if whileWriting {
                do throws(ResponseError) {
                    while true {
                        try exchange.write("tick")
                        try exchange.flush()
                        shortPause()
                    }
                } catch { log.add("\(error)") }
            } else {
                log.add(eventually { exchange.isClientGone } ? "clientGone" : "still there")
            }
        }
        do {
            let client = try HTTPClient(port: site.nginx.port)
            client.sendHead("GET", "/")
            #expect(!client.receive().isEmpty)
            #expect(eventually { log.all == ["there"] })
        }
        #expect(eventually { log.all == ["there", "clientGone"] })
        #expect(site.hasNoConnection)
    }

    @Test func aLargeResponseArrivesWhole() throws {
        let body = BodyTests.bytes(30 << 20)
        let site = try Site { exchange in
            try exchange.write("Content-Length: \(body.count)\r\n\r\n")
            try exchange.write(body)
        }
        #expect(try site.response("GET", "/").body == body)
        #expect(site.hasNoConnection)
    }

    @Test func aResponseCutByTheServerIsShortOfItsLength() throws {
        let site = try Site { exchange in
            try exchange.write("Content-Length: 10\r\n\r\nhalf")
            try exchange.flush()
            exchange.abort()
        }
        let response = try site.response("GET", "/")
        #expect(response.status == 200)
        #expect(response.head.contains("Content-Length: 10"))
        #expect(response.text == "half")
    }

    @Test func withoutAnyResponseTheClientIsTold502() throws {
        let site = try Site { exchange in
            guard exchange.parameters["DOCUMENT_URI"] == "/abort" else { return }
            try exchange.write("Status: 200 OK\r\n\r\nunsent")
            exchange.abort()
        }
        #expect(try site.response("GET", "/abort").status == 502)
        #expect(try site.response("GET", "/nothing").status == 502)
    }

    @Test func aRefusalReachesTheClient() throws {
        let site = try Site { try $0.answer("ok") }
        #expect(try site.response("GET", "/%ff").status == 400)
        let headers = (0..<300).map { "X-\($0): 1" }
        let response = try site.response(
            "POST", "/", headers + ["Content-Length: 3"], body: [1, 2, 3])
        #expect(response.status == 431)
        #expect(response.text.contains(#""code":"headers_too_large""#))
        #expect(response.text.contains("The request has too many header fields."))
    }
}
