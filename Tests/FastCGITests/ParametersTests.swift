import Testing

@testable import FastCGI

@Suite struct ParametersTests {
    /// What a handler is given for parameters encoded so.
    private func received(_ encoded: [UInt8], limits: Limits = Limits()) throws -> Parameters? {
        let log = Log<Parameters>()
        let running = try RunningServer(limits: limits) { exchange in
            log.add(exchange.parameters)
            try exchange.answer("ok")
        }
        _ = try reply(from: running, to: encoded)
        return log.all.first
    }

    private func reply(from running: RunningServer, to encoded: [UInt8]) throws -> Reply {
        var records = Records()
        records.begin()
        records.add(Records.parameters, stream: encoded)
        records.add(Records.input, stream: [])
        let client = try running.client()
        client.send(records.bytes)
        return client.reply()
    }

    @Test func orderAndRepetitionsAreKept() throws {
        let sent = [("B", "1"), ("A", "2"), ("B", "3"), ("A_", ""), ("C", "x=y")]
        let parameters = try #require(try received(Records.encode(sent)))
        #expect(parameters.map(\.name) == sent.map(\.0))
        #expect(parameters.map(\.value) == sent.map(\.1))
        #expect(parameters["B"] == "1")
        #expect(parameters.values(of: "B") == ["1", "3"])
        #expect(parameters["A_"] == "")
        #expect(parameters["D"] == nil)
        #expect(parameters.values(of: "D").isEmpty)
    }

    @Test func aRoleAmongThemIsAParameterLikeAnyOther() throws {
        #expect(try #require(try received([])).isEmpty)
        let forged = try received(Records.encode([("FCGI_ROLE", "x")]))
        #expect(try #require(forged).map(\.value) == ["x"])
    }

    @Test(
        "Lengths of one and of four bytes",
        arguments: [(1, 0), (1, 127), (1, 128), (127, 1), (128, 300), (200, 70_000)])
    func lengths(name: Int, value: Int) throws {
        let (name, value) = (
            [UInt8](repeating: 65, count: name), [UInt8](repeating: 66, count: value)
        )
        for long in [false, true] {
            let parameters = try #require(
                try received(Records.encode(name, value, long: long)))
            #expect(parameters.count == 1)
            #expect(Array(parameters[0].name.utf8) == name)
            #expect(Array(parameters[0].value.utf8) == value)
        }
    }

    @Test func textIsUTF8() throws {
        let parameters = try received(Records.encode([("NAME", "žluťoučký 🐎")]))
        #expect(try #require(parameters)["NAME"] == "žluťoučký 🐎")
    }

    @Test(
        "Malformed UTF-8 is answered 400",
        arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]])
    func malformedText(value: [UInt8]) throws {
        let running = try RunningServer { _ in Issue.record("the handler was called") }
        let reply = try reply(
            from: running, to: Records.encode([("A", "fine")]) + Records.encode([66], value))
        #expect(reply.status == "Status: 400 Bad Request")
        #expect(reply.isComplete)
        #expect(running.server.statistics.refused == 1)
    }

    @Test(
        "A malformed Content-Length is answered 400",
        arguments: ["x", "-1", "+1", "1 ", "٣", "99999999999999999999"])
    func malformedContentLength(text: String) throws {
        let running = try RunningServer { _ in Issue.record("the handler was called") }
        let reply = try running.reply(to: [("CONTENT_LENGTH", text)])
        #expect(reply.status == "Status: 400 Bad Request")
    }

    @Test func tooManyParametersAreAnswered431() throws {
        var limits = Limits()
        limits.parameterCount = 10
        let running = try RunningServer(limits: limits) { try $0.answer("ok") }
        let many = (0..<11).map { ("N\($0)", "") }
        #expect(try running.reply(to: many.dropLast()).body == "ok")
        let reply = try running.reply(to: many, body: [UInt8](repeating: 0, count: 100_000))
        #expect(reply.status == "Status: 431 Request Header Fields Too Large")
        #expect(reply.isComplete)
    }

    @Test func tooLargeParametersAreAnswered431() throws {
        var limits = Limits()
        limits.parameterBytes = 1000
        let running = try RunningServer(limits: limits) { try $0.answer("ok") }
        func reply(valueBytes: Int) throws -> Reply {
            try running.reply(to: [("A", String(repeating: "v", count: valueBytes))])
        }
        #expect(try reply(valueBytes: 997).body == "ok")
        #expect(try reply(valueBytes: 998).status == "Status: 431 Request Header Fields Too Large")
        #expect(try reply(valueBytes: 300_000).isComplete)
    }
}
