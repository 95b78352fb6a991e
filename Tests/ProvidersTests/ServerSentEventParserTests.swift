import Testing

@testable import Providers

@Suite struct ServerSentEventParserTests {
    struct Event: Equatable {
        var data: String
        var isError = false
    }

    /// Feeds `pieces` one after the other.
    private func events(_ pieces: [ArraySlice<UInt8>], limit: Int = 64 << 20) throws -> [Event] {
        var parser = ServerSentEventParser(limitBytes: limit)
        var events: [Event] = []
        let collect = { (event: ServerSentEvent) in
            events.append(
                Event(data: String(decoding: event.data, as: UTF8.self), isError: event.isError))
        }
        for piece in pieces { try piece.withUnsafeBytes { try parser.feed($0, collect) } }
        try parser.finish(collect)
        return events
    }

    private func events(_ text: String) throws -> [Event] {
        try events([Array(text.utf8)[...]])
    }

    static let mixed =
        "\u{FEFF}: OPENROUTER PROCESSING\n\n:\n\ndata: Grüße 👋 – 15 °C\n\ndata:no space\r\n\r\n"
        + "data:  two\r\rdata: first\ndata: second\r\ndata\rdata: last\n\n"
        + "event: message\nid: 7\nretry: 10\ndata: {\"a\":1}\n\n: ping\r\n"
        + "event: error\ndata: bad\n\nerror: {\"code\":500}\n\ndata:\n\ndata: [DONE]"

    static let expected = [
        Event(data: "Grüße 👋 – 15 °C"), Event(data: "no space"), Event(data: " two"),
        Event(data: "first\nsecond\n\nlast"), Event(data: "{\"a\":1}"),
        Event(data: "bad", isError: true), Event(data: "{\"code\":500}", isError: true),
        Event(data: ""), Event(data: "[DONE]"),
    ]

    @Test("14.2, 3, 4, 13, 14, 15, 16, 17, 21, 22: all of the grammar, in one read")
    func mixedStream() throws {
        #expect(try events(Self.mixed) == Self.expected)
    }

    @Test("14.1, 2: cut in two at every byte")
    func everySplit() throws {
        let bytes = Array(Self.mixed.utf8)
        for cut in 0...bytes.count {
            #expect(try events([bytes[..<cut], bytes[cut...]]) == Self.expected, "cut at \(cut)")
        }
    }

    @Test("14.5: one byte at a time, and every other size of piece", arguments: 1...17)
    func pieces(size: Int) throws {
        let bytes = Array(Self.mixed.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            bytes[$0..<min($0 + size, bytes.count)]
        }
        #expect(try events(pieces) == Self.expected)
    }

    @Test("14.3: each line end ends a line", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) throws {
        let stream = "data: a\(end)data: b\(end)\(end)data: c\(end)\(end)"
        #expect(try events(stream) == [Event(data: "a\nb"), Event(data: "c")])
    }

    @Test("14.4: a byte order mark counts at the start only")
    func byteOrderMark() throws {
        #expect(
            try events("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata: \u{FEFF}c\n\n")
                == [Event(data: "a"), Event(data: "\u{FEFF}c")])
    }

    @Test("14.6: a line of 20 MB in small reads")
    func longLine() throws {
        let size = 20 << 20
        let payload = [UInt8](repeating: 65, count: size)
        let stream = Array("data: ".utf8) + payload + Array("\n\ndata: next\n\n".utf8)
        var parser = ServerSentEventParser()
        var sizes: [Int] = []
        for start in stride(from: 0, to: stream.count, by: 16_384) {
            try stream[start..<min(start + 16_384, stream.count)].withUnsafeBytes {
                try parser.feed($0) { sizes.append($0.data.count) }
            }
        }
        #expect(sizes == [size, 4])
    }

    @Test("14.6: an event over the limit is refused, in one line or in many")
    func limit() throws {
        #expect(throws: ServerSentEventTooLong(limitBytes: 100)) {
            try events([Array("data: \(String(repeating: "a", count: 100))".utf8)[...]], limit: 100)
        }
        #expect(throws: ServerSentEventTooLong(limitBytes: 100)) {
            let lines = String(repeating: "data: aaaaaaaaa\n", count: 11)
            return try events([Array(lines.utf8)[...]], limit: 100)
        }
        let short = String(repeating: "data: aaaa\n\n", count: 100)
        #expect(try events([Array(short.utf8)[...]], limit: 100).count == 100)
    }

    @Test("14.7: invalid UTF-8 passes through, the stream goes on")
    func invalidUTF8() throws {
        let bytes = Array("data: ".utf8) + [0xFF, 0xC3] + Array("x\n\ndata: b\n\n".utf8)
        #expect(try events([bytes[...]]) == [Event(data: "\u{FFFD}\u{FFFD}x"), Event(data: "b")])
    }

    @Test func anEventNameLastsForItsEventOnly() throws {
        #expect(
            try events("event: error\n\ndata: a\n\nevent: error\nevent: message\ndata: b\n\n")
                == [Event(data: "a"), Event(data: "b")])
    }

    @Test func nothingAndNoiseAreNoEvents() throws {
        #expect(try events("") == [])
        #expect(try events("\n\n\r\n") == [])
        #expect(try events("<html>\n\nhello\n\n: only a comment") == [])
    }

    @Test func anErrorOfTheReaderComesThrough() {
        struct Full: Error {}
        var parser = ServerSentEventParser()
        #expect(throws: Full.self) {
            try Array("data: a\n\n".utf8).withUnsafeBytes {
                try parser.feed($0) { _ in throw Full() }
            }
        }
    }
}
