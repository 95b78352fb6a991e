import HTTPTypes

/// Puts a response head together from its lines, as libcurl hands them over.
struct ResponseHead {
    private static let maximumBytes = 256 << 10

    private var status = 0
    private var fields = HTTPFields()
    private var bytes = 0

    /// The head of the final response, from its blank line on.
    private(set) var complete: HTTPResponse?

    /// Takes one line with its line end.
    ///
    /// A status line starts anew: interim responses (1xx) come before the one that counts. Fields
    /// after the blank line are trailers and are dropped.
    ///
    /// - Returns: `false` when the head is too long.
    mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        bytes += line.count
        guard bytes <= Self.maximumBytes else { return false }
        if line.starts(with: "HTTP/".utf8) {
            status = Self.status(of: line)
            fields = HTTPFields()
            complete = nil
        } else if complete == nil {
            appendField(line)
        }
        return true
    }

    private mutating func appendField(_ line: UnsafeRawBufferPointer) {
        let text = Self.trimmed(line[...])
        guard !text.isEmpty else {
            if status >= 200 {
                complete = HTTPResponse(status: .init(code: status), headerFields: fields)
            }
            return
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")),
            let name = HTTPField.Name(String(decoding: text[..<colon], as: UTF8.self))
        else { return }
        fields.append(HTTPField(name: name, value: Self.trimmed(text[(colon + 1)...])))
    }

    /// `HTTP/1.1 200 OK`: the second word, within what a status code may be.
    private static func status(of line: UnsafeRawBufferPointer) -> Int {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, let code = Int(String(decoding: trimmed(words[1]), as: UTF8.self))
        else { return 0 }
        return (100...999).contains(code) ? code : 0
    }

    private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>)
        -> Slice<UnsafeRawBufferPointer>
    {
        var text = text
        while let last = text.last, last <= 0x20 { text.removeLast() }
        while let first = text.first, first <= 0x20 { text.removeFirst() }
        return text
    }
}
