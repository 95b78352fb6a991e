/// How an event lies in the live file: the length of its payload (4 bytes, little-endian), its kind
/// (1 byte), the payload.
///
/// A torn last frame is one that its length says is not all there.
enum StreamFrame {
    static let headerBytes = 5
    /// More than any event holds, in bytes.
    static let payloadLimit = 1 << 28

    static func encode(_ events: some Sequence<StreamEvent>) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events {
            withUnsafeBytes(of: UInt32(event.payload.count).littleEndian) { bytes += $0 }
            bytes.append(event.kind.rawValue)
            bytes += event.payload
        }
        return bytes
    }

    /// Takes bytes as they come and gives whole events.
    struct Parser {
        private var buffer: [UInt8] = []
        private var start = 0

        mutating func append(_ bytes: some Sequence<UInt8>) {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer += bytes
        }

        /// The next whole event; `nil` until more bytes have come.
        ///
        /// Kinds that only a later version knows are passed over.
        ///
        /// - Throws: ``Damage`` for what no version has written.
        mutating func next() throws(Damage) -> StreamEvent? {
            while true {
                let header = buffer[start...].prefix(StreamFrame.headerBytes)
                guard header.count == StreamFrame.headerBytes else { return nil }
                let length = header.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                let number = header.last!
                guard number != 0, length <= StreamFrame.payloadLimit else { throw Damage() }
                let first = start + StreamFrame.headerBytes
                guard buffer.count - first >= length else { return nil }
                start = first + length
                guard let kind = StreamEvent.Kind(rawValue: number) else { continue }
                return StreamEvent(kind: kind, payload: Array(buffer[first..<start]))
            }
        }

        /// Forgets the bytes behind the last whole event, and returns how many they were.
        mutating func takeRest() -> Int {
            defer {
                buffer.removeAll(keepingCapacity: true)
                start = 0
            }
            return buffer.count - start
        }
    }

    struct Damage: Error {}
}
