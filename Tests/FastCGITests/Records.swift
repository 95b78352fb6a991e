/// FastCGI records made by hand, sound and unsound (FastCGI specification, section 3.3).
struct Records {
    static let abort: UInt8 = 2
    static let end: UInt8 = 3
    static let parameters: UInt8 = 4
    static let input: UInt8 = 5
    static let output: UInt8 = 6
    static let unknownType: UInt8 = 11

    var bytes: [UInt8] = []

    /// A whole request.
    static func request(_ parameters: [(String, String)], body: [UInt8] = []) -> [UInt8] {
        var records = Records()
        records.begin()
        records.add(Self.parameters, stream: encode(parameters))
        records.add(input, stream: body)
        return records.bytes
    }

    mutating func begin(role: UInt8 = 1, flags: UInt8 = 0) {
        add(1, [0, role, flags, 0, 0, 0, 0, 0])
    }

    /// One record.
    mutating func add(
        _ type: UInt8, _ content: some Collection<UInt8>, id: UInt8 = 1, version: UInt8 = 1,
        padding: Int = 0
    ) {
        let (high, low) = UInt16(content.count).bytes
        bytes += [version, type, 0, id, high, low, UInt8(padding), 0]
        bytes += content
        bytes += [UInt8](repeating: 0, count: padding)
    }

    /// Records of at most 60,000 bytes and the empty one that ends the stream.
    mutating func add(_ type: UInt8, stream content: [UInt8]) {
        for start in stride(from: 0, to: content.count, by: 60_000) {
            add(type, content[start...].prefix(60_000))
        }
        add(type, [])
    }

    static func encode(_ parameters: [(String, String)]) -> [UInt8] {
        parameters.flatMap { encode(Array($0.utf8), Array($1.utf8)) }
    }

    /// Lengths from 128 on take four bytes; shorter ones may.
    static func encode(_ name: [UInt8], _ value: [UInt8], long: Bool = false) -> [UInt8] {
        length(name.count, long: long) + length(value.count, long: long) + name + value
    }

    static func length(_ count: Int, long: Bool = false) -> [UInt8] {
        guard long || count > 127 else { return [UInt8(count)] }
        let value = UInt32(count) | 1 << 31
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

extension UInt16 {
    fileprivate var bytes: (UInt8, UInt8) { (UInt8(self >> 8), UInt8(self & 0xff)) }
}

/// What came back for a request.
struct Reply {
    /// All bytes, record headers included.
    let raw: [UInt8]
    /// The connection ended with an error, for which a web server may drop the response.
    let isReset: Bool
    private(set) var output = ""
    private(set) var types: [UInt8] = []

    init(_ raw: [UInt8], isReset: Bool = false) {
        self.raw = raw
        self.isReset = isReset
        var rest = raw[...]
        var bytes: [UInt8] = []
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let length = Int(header[4]) << 8 | Int(header[5])
            types.append(header[1])
            if header[1] == Records.output { bytes += rest.dropFirst(8).prefix(length) }
            rest = rest.dropFirst(8 + length + Int(header[6]))
        }
        output = String(decoding: bytes, as: UTF8.self)
    }

    var isComplete: Bool { types.last == Records.end }
    var status: String? { output.split(separator: "\r\n").first.map(String.init) }
    var body: String { output.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().joined() }
}
