import FastCGI
import Testing

@Suite struct RequestTests {
    let request = Records.request(
        [("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "5"), ("HTTP_LONG", long)],
        body: Array("hello".utf8))
    static let long = String(repeating: "x", count: 130)

    /// Answers with the method, a header and the body; 400 if the body cannot be read.
    func echo(receiveTimeout: Duration = .seconds(30)) throws -> RunningServer {
        var limits = Limits()
        limits.receiveTimeout = receiveTimeout
        return try RunningServer(limits: limits) { exchange in
            do {
                let body = String(decoding: try exchange.readBody(limit: 100), as: UTF8.self)
                let method = exchange.parameters["REQUEST_METHOD"] ?? "-"
                try exchange.answer("\(method) \(exchange.parameters["HTTP_LONG"] ?? "-") \(body)")
            } catch let error as BodyError {
                try exchange.answer("\(error)", status: "400 Bad Request")
            }
        }
    }

    @Test func aRequestSplitAtAnyByteIsAnsweredTheSame() throws {
        let running = try echo()
        let whole = running.listener
        for split in 1..<request.count {
            let client = try Client(path: whole.path)
            client.send(request[..<split])
            if split % 8 == 0 { shortPause() }
            client.send(request[split...])
            let reply = client.reply()
            #expect(reply.body == "POST \(Self.long) hello", "split at \(split)")
            #expect(reply.isComplete)
        }
    }

    @Test func aRequestThatComesByteByByteIsAnswered() throws {
        let running = try echo()
        let client = try running.client()
        for byte in request {
            client.send([byte])
            shortPause()
        }
        #expect(client.reply().body == "POST \(Self.long) hello")
    }

    @Test func aRequestCutAnywhereGetsNoAnswerOrIsSeenToBeCut() throws {
        let running = try echo()
        // The records that follow the parameters: "hello", and two headers.
        let parametersEnd = request.count - (8 + 5 + 8)
        for length in 0..<request.count {
            let client = try running.client()
            client.send(request[..<length])
            client.endSending()
            let reply = client.reply()
            if length < parametersEnd {
                #expect(reply.raw.isEmpty, "cut at \(length)")
            } else {
                #expect(reply.body == "truncated", "cut at \(length)")
            }
        }
        #expect(eventually { running.server.statistics.broken == parametersEnd })
    }

    @Test("What is not a FastCGI request is met by a close", arguments: Malformed.allCases)
    func malformed(kind: Malformed) throws {
        let running = try echo(receiveTimeout: .milliseconds(200))
        let client = try running.client()
        client.send(kind.bytes)
        #expect(client.reply().raw.isEmpty)
        #expect(eventually { running.server.statistics.broken == 1 })
        #expect(try running.reply().isComplete, "the server goes on")
    }

    enum Malformed: CaseIterable {
        case version2, text, noBegin, shortBegin, unknownRole, unknownType, inputBeforeParameters
        case abortInParameters, lengthBeyondStream, lengthAtItsMaximum, authorizer
        case twoLengthsThatOverflow, halfALength, manyManagementRecords

        var bytes: [UInt8] {
            var records = Records()
            switch self {
            case .version2:
                records.add(1, [0, 1, 0, 0, 0, 0, 0, 0], version: 2)
            case .text:
                return Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            case .noBegin:
                records.add(Records.parameters, stream: Records.encode([("A", "b")]))
            case .shortBegin:
                records.add(1, [0, 1, 0])
            case .unknownRole:
                records.begin(role: 9)
            case .authorizer:
                records.begin(role: 2)
                records.add(Records.parameters, stream: [])
                records.add(Records.input, stream: [])
            case .unknownType:
                records.begin()
                records.add(99, [1, 2, 3])
            case .inputBeforeParameters:
                records.begin()
                records.add(Records.input, stream: [1, 2, 3])
            case .abortInParameters:
                records.begin()
                records.add(Records.parameters, Records.encode([("A", "b")]))
                records.add(Records.abort, [])
            case .lengthBeyondStream:
                records.begin()
                records.add(Records.parameters, stream: [5, 5, 65])
            case .lengthAtItsMaximum:
                records.begin()
                records.add(Records.parameters, stream: [0xff, 0xff, 0xff, 0xff, 1, 65])
            case .twoLengthsThatOverflow:  // libfcgi 2.4.2 ends the process
                let length: [UInt8] = [0xff, 0xff, 0xff, 0xfe]
                records.begin()
                records.add(Records.parameters, stream: length + length + [65])
            case .halfALength:
                records.begin()
                records.add(Records.parameters, stream: [1, 0x80, 0])
            case .manyManagementRecords:
                for _ in 0..<1000 { records.add(9, [], id: 0) }
            }
            return records.bytes
        }
    }

    @Test func aSilentConnectionIsGivenUpAfterTheReceiveTimeout() throws {
        var limits = Limits()
        limits.receiveTimeout = .milliseconds(100)
        let running = try RunningServer(limits: limits) { try $0.answer("ok") }
        let client = try running.client()
        #expect(client.reply().raw.isEmpty)
        #expect(eventually { running.server.statistics.broken == 1 })
    }

    @Test func managementRecordsAreAnsweredBesidesTheRequest() throws {
        let running = try echo()
        var records = Records()
        records.add(77, [], id: 0)
        let client = try running.client()
        client.send(records.bytes + request)
        let reply = client.reply()
        #expect(reply.types.first == Records.unknownType)
        #expect(reply.body.hasSuffix("hello"))
    }

    @Test func recordsOfOtherRequestsAndPaddingAreSkipped() throws {
        let running = try echo()
        var records = Records()
        records.begin()
        records.add(Records.parameters, [1, 2, 3], id: 2, padding: 5)
        records.add(Records.parameters, Records.encode([("HTTP_LONG", "y")]), padding: 255)
        records.add(Records.parameters, [])
        records.add(Records.input, Array("hi".utf8), padding: 6)
        records.add(Records.input, [])
        let client = try running.client()
        client.send(records.bytes)
        #expect(client.reply().body == "- y hi")
    }

    @Test func theConnectionIsClosedEvenWhenTheWebServerAsksToKeepIt() throws {
        let running = try echo()
        var records = Records()
        records.begin(flags: 1)
        records.add(Records.parameters, stream: [])
        records.add(Records.input, stream: [])
        let client = try running.client()
        client.send(records.bytes)
        #expect(client.reply().isComplete)
        #expect(eventually { running.listener.acceptedDescriptors == 0 })
    }

    @Test func noKindOfRequestLeavesADescriptorBehind() throws {
        let running = try echo(receiveTimeout: .milliseconds(200))
        for kind in Malformed.allCases {
            let client = try running.client()
            client.send(kind.bytes)
            _ = client.reply()
            _ = try running.reply()
            _ = try running.reply(to: [("CONTENT_LENGTH", "1000")], body: [1, 2, 3])
        }
        #expect(eventually { running.listener.acceptedDescriptors == 0 })
        #expect(running.server.statistics.accepted == 3 * Malformed.allCases.count)
    }
}
