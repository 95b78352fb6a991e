import Glibc

/// What the upstream is asked for.
enum UpstreamRequest {
    case models
    case chat(UpstreamAnswer)
    case unknown
}

/// Reads requests from a kept connection, only as far as the upstream needs to understand them.
struct UpstreamRequestReader {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var count = 0

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next request; `nil` when the client has gone, or sends more than any of ours does.
    mutating func next() -> UpstreamRequest? {
        while true {
            if let length = wholeLength, count >= length {
                defer { drop(length) }
                return buffer.withUnsafeBytes { Self.request(.init(rebasing: $0[..<length])) }
            }
            guard readMore() else { return nil }
        }
    }

    /// The length of the first request, with its body; `nil` while its head is not all there.
    private var wholeLength: Int? {
        buffer.withUnsafeBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            guard let end = bytes.offset(of: "\r\n\r\n") else { return nil }
            return end + 4 + Self.contentLength(.init(rebasing: bytes[..<end]))
        }
    }

    private mutating func readMore() -> Bool {
        let got = buffer.withUnsafeMutableBytes { buffer in
            read(descriptor, buffer.baseAddress! + count, buffer.count - count)
        }
        guard got > 0 else { return false }
        count += got
        return true
    }

    private mutating func drop(_ length: Int) {
        for index in length..<count { buffer[index - length] = buffer[index] }
        count -= length
    }

    private static func request(_ bytes: UnsafeRawBufferPointer) -> UpstreamRequest {
        if bytes.starts(with: "GET /v1/models".utf8) { return .models }
        guard bytes.starts(with: "POST /v1/chat/completions".utf8) else { return .unknown }
        if bytes.offset(of: #""model":"fast""#) != nil { return .chat(.fast) }
        if bytes.offset(of: #""model":"paced""#) != nil { return .chat(.paced) }
        if bytes.offset(of: #""model":"slow""#) != nil { return .chat(.slow) }
        return .unknown
    }

    /// As libcurl, nginx and we ourselves write it.
    private static func contentLength(_ head: UnsafeRawBufferPointer) -> Int {
        guard let start = head.offset(of: "Content-Length: ") else { return 0 }
        return head[(start + 16)...].prefix { (48...57).contains($0) }
            .reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}
