import FoundationEssentials
import Glibc
import HTTPClient
import JSON
import Testing
import Threads

@testable import Archive
@testable import Atelier
@testable import FastCGI
@testable import Providers

/// Everything that reads what others have made, on threads of their own, at once.
@Suite struct FuzzTests {
    @Test func whateverComesIsReadOrRefused() throws {
        let fuzzers = [
            Self.frames, Self.events, Self.json, Self.foreignJSON, Self.tar, Self.requests,
        ]
        let count = Monitor(0)
        try withThreads(fuzzers.count) { index in
            #expect(throws: Never.self) {
                let tried = try fuzzers[index]().run()
                count.withLock { $0 += tried }
            }
        }
        print("\(count.withLock { $0 }) inputs in \(Fuzzer.duration)")
    }
}

extension FuzzTests {
    /// The live file of an answer.
    static func frames() -> Fuzzer {
        let events = [
            StreamEvent(kind: .generation, payload: Array(#"{"generation_id":"a"}"#.utf8)),
            StreamEvent(kind: .reasoning, payload: Array("I think".utf8)),
            StreamEvent(kind: .delta, payload: Array("žluťoučký 🐎".utf8)),
            StreamEvent(kind: .usage, payload: []),
            StreamEvent(kind: .done, payload: Array(#"{"state":"completed"}"#.utf8)),
        ]
        return Fuzzer(name: "frames", seeds: [StreamFrame.encode(events), []]) { input, random in
            let whole = read([input[...]])
            let inPieces = read(random.pieces(of: input))
            guard whole == inPieces else { throw Wrong("pieces are read differently") }
            guard whole.reduce(0, { $0 + $1.payload.count }) <= input.count else {
                throw Wrong("more than stands there")
            }
        }

        func read(_ pieces: [ArraySlice<UInt8>]) -> [StreamEvent] {
            var parser = StreamFrame.Parser()
            var events: [StreamEvent] = []
            for piece in pieces {
                parser.append(piece)
                while let event = try? parser.next() { events.append(event) }
            }
            _ = parser.takeRest()
            return events
        }
    }

    /// A provider's answer, down to what is taken from it.
    static func events() -> Fuzzer {
        let seeds = [
            "\u{feff}data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            "event: error\r\ndata: {\"error\":{\"message\":\"no\",\"code\":429}}\r\n\r\n",
            ": comment\n\ndata: {\"choices\":[{\"delta\":{\"reasoning\":\"x\",\"tool_calls\":[{\"index\":0,"
                + "\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9223372036854775807,"
                + "\"completion_tokens\":3,\"cost\":0.00012}}\n\ndata: [DONE]\n\n",
            "{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}",
            "data: one\rdata: two\r\n\rid: 3\nretry: 1\n\n",
        ].map { Array($0.utf8) }
        return Fuzzer(name: "events", seeds: seeds) { input, random in
            let pieces = random.pieces(of: input)
            guard try parse([input[...]]) == parse(pieces) else {
                throw Wrong("pieces are read differently")
            }
            let reader = ChatResponseReader(
                generationID: nil, contentLimit: .max, progress: .seconds(600))
            for piece in pieces {
                guard let demand = try? piece.withUnsafeBytes({ try reader.feed($0) { _ in } }),
                    case .more = demand
                else { return }
            }
            try? reader.finish { _ in }
        }

        func parse(_ pieces: [ArraySlice<UInt8>]) throws -> [[UInt8]] {
            var parser = ServerSentEventParser()
            var events: [[UInt8]] = []
            for piece in pieces {
                try piece.withUnsafeBytes { bytes in
                    try parser.feed(bytes) { events.append(Array($0.data) + [$0.isError ? 1 : 0]) }
                }
            }
            try parser.finish { events.append(Array($0.data) + [$0.isError ? 1 : 0]) }
            return events
        }
    }

    private static let documents =
        [
            #"{"text":"Hi \u00e9\ud83d\ude00","parent_id":null,"model":"a/b","fallbacks":["x","y"]}"#,
            #"{"title":"žluťoučký","n":-12.5e+3,"deep":[[[[{"a":[true,false,null]}]]]]}"#,
            #"{"data":[{"id":"m","context_length":9223372036854775807,"pricing":{"prompt":"0.000001"}}]}"#,
            #"  [1, 2.0, 3e400, "\"\\\/\b\f\n\r\t"]  "#,
            #"{"title":"é/\ud83d\ude00","part":{"size":3},"list":[1,-2.5e3,true,false,null,{}]}"#,
            #"[[],[[]],"\u0000\ud83d","\"\\\/\b\f\n\r\t",0,-0,1e+9,"漢🙂"]"#,
            #"  "x"  "#, "-0.0e-0", #""a":1,"\ud83d\udc00\u"#,
        ].map { Array($0.utf8) }

    /// What a client sends: what is taken is what the library takes too.
    static func json() -> Fuzzer {
        Fuzzer(name: "json", seeds: documents) { input, _ in
            guard let text = try? JSONText(input) else { return }
            guard (try? JSONDecoder().decode(Anything.self, from: Data(text.bytes))) != nil else {
                throw Wrong("the library does not take it")
            }
            guard try JSONText(text.bytes).bytes == text.bytes else {
                throw Wrong("repairing once is not enough")
            }
            guard let value = JSONValue(text.bytes) else { throw Wrong("it cannot be read") }
            let written = JSONWriter.bytes(of: value)
            guard try JSONWriter.bytes(of: JSONText(written).value) == written else {
                throw Wrong("it changes when it is written and read again")
            }
        }
    }

    /// What a provider sends, and any bytes as a text.
    static func foreignJSON() -> Fuzzer {
        Fuzzer(name: "foreign-json", seeds: documents) { input, _ in
            var quoted = JSONWriter()
            quoted.append(utf8: input)
            guard case .string(let text)? = JSONValue(quoted.bytes),
                text == String(decoding: input, as: UTF8.self)
            else { throw Wrong("a quoted text has changed") }
            guard let value = JSONValue(input) else { return }
            _ = value["data"]
            guard JSONValue(JSONWriter.bytes(of: value)) != nil else {
                throw Wrong("it cannot be read again")
            }
        }
    }

    /// A backup that somebody has changed.
    static func tar() -> Fuzzer {
        let members = [
            Member(name: "state/app.db", mode: 0o600, size: 4096, modified: 1_790_000_000),
            Member(name: "media", isDirectory: true, mode: 0o2750, modified: 0),
            Member(
                name: String(repeating: "long/", count: 30) + "x", mode: 0, size: 1 << 40,
                modified: -1),
        ]
        return Fuzzer(name: "tar", seeds: members.map { try! TarHeader.encode($0) }) { input, _ in
            var block = Array(
                (input + [UInt8](repeating: 0, count: TarHeader.size)).prefix(TarHeader.size))
            // With the right checksum, else hardly anything gets beyond it.
            block.replaceSubrange(148..<156, with: repeatElement(32, count: 8))
            let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
            block.replaceSubrange(148..<148 + sum.utf8.count, with: sum.utf8)
            guard let member = try? TarHeader.decode(block) else { return }
            guard member.size >= 0, member.size + TarHeader.padding(after: member.size) >= 0 else {
                throw Wrong("a size that cannot be")
            }
            if let encoded = try? TarHeader.encode(member) {
                guard try TarHeader.decode(encoded)?.size == member.size else {
                    throw Wrong("it changes when it is written and read again")
                }
            }
        }
    }

    /// What comes to a worker's socket.
    static func requests() -> Fuzzer {
        func record(_ type: UInt8, _ content: [UInt8], padding: UInt8 = 0) -> [UInt8] {
            [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), padding, 0]
                + content
                + [UInt8](repeating: 0, count: Int(padding))
        }
        let begin = record(1, [0, 1, 0, 0, 0, 0, 0, 0])
        let parameters =
            [14, 4] + Array("REQUEST_METHODPOST".utf8) + [3, 0x80, 0, 0, 2]
            + Array("A_BéC".utf8).prefix(5)
        let seeds = [
            begin + record(4, parameters) + record(4, []) + record(5, [1, 2, 3]) + record(5, []),
            begin + record(4, Array(parameters[..<9]), padding: 7)
                + record(4, Array(parameters[9...]))
                + record(4, []),
            [1, 9, 0, 0, 0, 0, 0, 0] + begin + record(4, []),
        ]
        return Fuzzer(name: "requests", seeds: seeds) { input, random in
            let whole = read([input[...]])
            let inPieces = read(random.pieces(of: input))
            guard whole == inPieces else { throw Wrong("pieces are read differently") }
            guard let stream = whole else { return }
            var limits = Limits()
            limits.parameterBytes = 1000
            guard let parameters = try? Parameters(decoding: stream, limits: limits) else { return }
            let size = parameters.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            guard size <= limits.parameterBytes else { throw Wrong("more than the limit") }
        }

        func read(_ pieces: [ArraySlice<UInt8>]) -> [UInt8]? {
            var reader = RequestHeadReader(limits: Limits())
            for piece in pieces {
                do {
                    let consumed = try piece.withUnsafeBytes { try reader.take($0) }
                    if consumed != nil { return reader.stream }
                } catch { return nil }
            }
            return nil
        }
    }
}

/// Runs the body on so many threads at once, and waits for all.
private func withThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    let running = Monitor(count)
    for index in 0..<count {
        try Thread.start {
            body(index)
            running.withLock { $0 -= 1 }
        }
    }
    while running.withLock({ $0 > 0 }) { usleep(10_000) }
}

/// Any JSON value, for the library's decoder.
private struct Anything: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Name.self) {
            for key in object.allKeys { _ = try object.decode(Anything.self, forKey: key) }
        } else if var list = try? decoder.unkeyedContainer() {
            while !list.isAtEnd { _ = try list.decode(Anything.self) }
        } else {
            // A number, whatever its size, is refused only where a field takes it.
            let value = try decoder.singleValueContainer()
            _ = value.decodeNil() || (try? value.decode(String.self)) != nil
        }
    }
}
