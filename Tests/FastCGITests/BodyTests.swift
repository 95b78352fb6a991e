import FastCGI
import Glibc
import Testing

@Suite struct BodyTests {
    static let limit = 6 << 20

    /// Answers with the size of the body, and of what a second call gets; or with the error.
    static func measure(_ exchange: Exchange) throws {
        try measure(exchange, limit: limit, Log())
    }

    static func measure(
        _ exchange: Exchange, limit: Int, _ received: Log<[UInt8]>
    ) throws {
        do {
            let body = try exchange.readBody(limit: limit)
            received.add(body)
            try exchange.answer("\(body.count) \(exchange.readBody(limit: limit).count)")
        } catch let error as BodyError {
            try exchange.answer("\(error)", status: "400 Bad Request")
        }
    }

    /// A pattern that shows when blocks are swapped or repeated.
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](0...250)
        while bytes.count < count { bytes += bytes }
        return Array(bytes.prefix(count))
    }

    /// The records before the body.
    static func head(
        kind: String = "", declaring length: Int?, chunked: Bool = false
    ) -> [UInt8] {
        var records = Records()
        records.begin()
        records.add(
            Records.parameters,
            stream: Records.encode(
                [("KIND", kind), ("CONTENT_LENGTH", length.map { "\($0)" } ?? "")]
                    + (chunked ? [("HTTP_TRANSFER_ENCODING", "chunked")] : [])))
        return records.bytes
    }

    @Test(
        "A body arrives whole, with and without a declared length",
        arguments: [0, 1, 8191, 8192, 8193, 5 << 20])
    func whole(count: Int) throws {
        let received = Log<[UInt8]>()
        let running = try RunningServer { try Self.measure($0, limit: Self.limit, received) }
        let body = Self.bytes(count)
        for chunked in [false, true] {
            let client = try running.client()
            client.send(Self.head(declaring: chunked ? nil : count, chunked: chunked))
            var records = Records()
            records.add(Records.input, stream: body)
            client.send(records.bytes)
            #expect(client.reply().body == "\(count) 0")
        }
        #expect(received.all == [body, body])
    }

    @Test func noContentLengthAtAllMeansNoBody() throws {
        let running = try RunningServer { try Self.measure($0) }
        #expect(try running.reply(to: []).body == "0 0")
    }

    @Test(
        "A body that does not match its declared length is refused", arguments: [(100, 99), (1, 0)])
    func shorter(declared: Int, sent: Int) throws {
        let running = try RunningServer { try Self.measure($0) }
        let reply = try running.reply(
            to: [("CONTENT_LENGTH", "\(declared)")], body: Self.bytes(sent))
        #expect(reply.body == "truncated")
    }

    @Test("More than the declared length is refused", arguments: [(99, 100), (0, 1)])
    func longer(declared: Int, sent: Int) throws {
        let running = try RunningServer { try Self.measure($0) }
        let reply = try running.reply(
            to: [("CONTENT_LENGTH", "\(declared)")], body: Self.bytes(sent))
        #expect(reply.body == "longerThanDeclared")
    }

    @Test func anAbortRecordTruncatesTheBody() throws {
        let running = try RunningServer { try Self.measure($0) }
        var records = Records()
        records.add(Records.input, Self.bytes(10))
        records.add(Records.abort, [])
        let client = try running.client()
        client.send(Self.head(declaring: 20) + records.bytes)
        #expect(client.reply().body == "truncated")
    }

    @Test func aDeclaredLengthOverTheLimitIsRefusedUnread() throws {
        let running = try RunningServer { try Self.measure($0) }
        let client = try running.client()
        var records = Records()
        records.add(Records.input, Self.bytes(1000))
        client.send(Self.head(declaring: 1 << 40) + records.bytes)  // and nothing more
        #expect(client.reply().body == "tooLarge(limit: \(Self.limit))")
    }

    @Test func anUndeclaredLengthOverTheLimitIsRefusedWhileItIsRead() throws {
        let running = try RunningServer { try Self.measure($0) }
        let client = try running.client()
        client.send(Self.head(declaring: nil, chunked: true))
        var records = Records()
        records.add(Records.input, Self.bytes(60_000))
        for _ in 0...(Self.limit / 60_000) { client.send(records.bytes) }  // the end never comes
        #expect(client.reply().body == "tooLarge(limit: \(Self.limit))")
    }

    @Test func aBodyOfExactlyTheLimitIsTaken() throws {
        let running = try RunningServer { try Self.measure($0) }
        let body = Self.bytes(Self.limit)
        let reply = try running.reply(to: [("HTTP_TRANSFER_ENCODING", "chunked")], body: body)
        #expect(reply.body == "\(Self.limit) 0")
    }

    @Test func aBodyThatStallsTimesOut() throws {
        var limits = Limits()
        limits.receiveTimeout = .milliseconds(100)
        let running = try RunningServer(limits: limits, handler: Self.measure)
        let client = try running.client()
        var records = Records()
        records.add(Records.input, Self.bytes(10))
        client.send(Self.head(declaring: 20) + records.bytes)
        #expect(client.reply().body == "timedOut")
    }

    @Test func anUnreadBodyDoesNotCostTheClientItsAnswer() throws {
        let gate = Gate()
        let running = try RunningServer { exchange in
            gate.wait()
            try exchange.answer("early", status: "413 Content Too Large")
        }
        for count in [1, 100, 100_000] {
            let client = try running.client()
            client.send(
                Records.request([("CONTENT_LENGTH", "\(count)")], body: Self.bytes(count)))
            gate.open()
            let reply = client.reply()
            #expect(reply.body == "early")
            #expect(reply.isComplete)
            #expect(!reply.isReset)
        }
    }
}
