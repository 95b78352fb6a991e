import Glibc

/// Asks a worker directly, as nginx does (FastCGI specification, sections 3 to 5).
struct FastCGIProbe {
    let path: String

    /// The records of the answer, as text.
    func get(_ uri: String) throws -> String {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        guard UnixAddress(path).with({ connect(descriptor, $0, $1) }) == 0 else {
            throw Failure.system("connect to \(path)")
        }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let request = Self.request(uri)
        guard write(descriptor, request, request.count) == request.count else {
            throw Failure.system("write to \(path)")
        }
        return Self.readAll(descriptor)
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }

    private static func request(_ uri: String) -> [UInt8] {
        let parameters = [
            ("REQUEST_METHOD", "GET"), ("DOCUMENT_URI", uri), ("REMOTE_ADDR", "127.0.0.1"),
        ]
        let pairs = parameters.flatMap { name, value in
            [UInt8(name.utf8.count), UInt8(value.utf8.count)] + name.utf8 + value.utf8
        }
        let beginRequest: UInt8 = 1
        let parametersStream: UInt8 = 4
        let inputStream: UInt8 = 5
        return record(beginRequest, [0, 1, 0, 0, 0, 0, 0, 0])  // a responder, connection not kept
            + record(parametersStream, pairs) + record(parametersStream, [])
            + record(inputStream, [])
    }

    private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xff), 0, 0] + content
    }
}
