import Glibc

/// An event of a `text/event-stream`, as far as AI servers use them.
public struct ServerSentEvent {
    /// The `data` lines, joined with line feeds. Valid only while the parser hands the event over.
    public let data: UnsafeRawBufferPointer

    /// Whether the server marked it as a failure: `event: error`, or an `error:` line, which is no
    /// field of the standard but was sent by llama.cpp until late 2025.
    public let isError: Bool
}

/// An event is longer than the reader allows.
public struct ServerSentEventTooLong: Error, Sendable, Equatable {
    public let limitBytes: Int
}

/// Cuts a byte stream into server-sent events: bytes in, events out, no matter where the reads fall.
///
/// After the WHATWG HTML standard, section 9.2.6 (lines end with LF, CR or CR LF; one leading byte
/// order mark; comments; one space after the colon), except that an unfinished event at the end
/// counts, since some servers forget the last blank line. `id` and `retry` are ignored. Text is not
/// decoded, so a character cut in two by a read is whole again in its event.
///
/// Time and memory are linear in what is fed. Once a call has thrown, the parser is of no more use.
public struct ServerSentEventParser {
    private let limitBytes: Int
    private var line: [UInt8] = []  // the beginning of a line whose end has not come yet
    private var data: [UInt8] = []
    private var hasData = false
    private var isError = false
    private var isFirstLine = true
    private var skipsLineFeed = false  // the last read ended with a CR

    /// - Parameter limitBytes: The longest event. A picture comes on one line, of 27 MB for 20 MB.
    public init(limitBytes: Int = 64 << 20) {
        self.limitBytes = limitBytes
    }

    /// Takes what was read and hands over every event that it completes.
    ///
    /// - Throws: ``ServerSentEventTooLong``, or what `onEvent` throws.
    public mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) throws -> Void
    ) throws {
        guard !bytes.isEmpty else { return }
        var start = skipsLineFeed && bytes[0] == lineFeed ? 1 : 0
        skipsLineFeed = false
        var ends = LineEnds(bytes)
        while let end = ends.next(from: start) {
            try endLine(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), onEvent)
            start = end + 1
            guard bytes[end] == carriageReturn else { continue }
            if start == bytes.count {
                skipsLineFeed = true
            } else if bytes[start] == lineFeed {
                start += 1
            }
        }
        line.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        try checkLength()
    }

    /// Ends the stream: what is left is the last event, even without its blank line.
    public mutating func finish(_ onEvent: (ServerSentEvent) throws -> Void) throws {
        if !line.isEmpty { try endLine(UnsafeRawBufferPointer(start: nil, count: 0), onEvent) }
        try dispatch(onEvent)
    }

    private mutating func endLine(
        _ rest: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) throws -> Void
    ) throws {
        guard !line.isEmpty else { return try take(rest, onEvent) }
        line.append(contentsOf: rest)
        var whole: [UInt8] = []
        swap(&whole, &line)
        try whole.withUnsafeBytes { try take($0, onEvent) }
        line = Self.emptied(whole)
    }

    private mutating func take(
        _ line: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) throws -> Void
    ) throws {
        var line = line[...]
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: byteOrderMark) { line = line.dropFirst(byteOrderMark.count) }
        }
        guard !line.isEmpty else { return try dispatch(onEvent) }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        try takeField(line[..<colon], value)
    }

    private mutating func takeField(
        _ name: Slice<UnsafeRawBufferPointer>, _ value: Slice<UnsafeRawBufferPointer>
    ) throws {
        if name.elementsEqual("data".utf8) {
            try append(value)
        } else if name.elementsEqual("error".utf8) {
            try append(value)
            isError = true
        } else if name.elementsEqual("event".utf8) {
            isError = value.elementsEqual("error".utf8)
        }
    }

    private mutating func append(_ value: Slice<UnsafeRawBufferPointer>) throws {
        if hasData { data.append(lineFeed) }
        data.append(contentsOf: UnsafeRawBufferPointer(rebasing: value))
        hasData = true
        try checkLength()
    }

    private mutating func dispatch(_ onEvent: (ServerSentEvent) throws -> Void) throws {
        defer { isError = false }
        guard hasData else { return }
        hasData = false
        var whole: [UInt8] = []
        swap(&whole, &data)
        try whole.withUnsafeBytes { try onEvent(ServerSentEvent(data: $0, isError: isError)) }
        data = Self.emptied(whole)
    }

    private func checkLength() throws {
        guard line.count + data.count <= limitBytes else {
            throw ServerSentEventTooLong(limitBytes: limitBytes)
        }
    }

    /// Keeps the memory for the next line, unless it was an uncommonly long one.
    private static func emptied(_ bytes: consuming [UInt8]) -> [UInt8] {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        return bytes
    }
}

/// Finds line ends. Each kind is looked for once, ahead, so that no byte is looked at twice for it.
private struct LineEnds {
    private let bytes: UnsafeRawBufferPointer
    private var nextLineFeed: Int
    private var nextReturn: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        nextLineFeed = Self.find(lineFeed, in: bytes, from: 0)
        nextReturn = Self.find(carriageReturn, in: bytes, from: 0)
    }

    /// The first LF or CR at `start` or later.
    mutating func next(from start: Int) -> Int? {
        if nextLineFeed < start { nextLineFeed = Self.find(lineFeed, in: bytes, from: start) }
        if nextReturn < start { nextReturn = Self.find(carriageReturn, in: bytes, from: start) }
        let end = min(nextLineFeed, nextReturn)
        return end < bytes.count ? end : nil
    }

    /// - Returns: The number of bytes when there is none.
    private static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int)
        -> Int
    {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
