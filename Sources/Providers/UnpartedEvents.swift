import JSON

/// Chunks in the data of one event: some servers part them by one line end where the standard wants an
/// empty line, or by nothing at all.
enum UnpartedEvents {
    private static let field = Array("data:".utf8)

    /// Hands over the data of each event.
    ///
    /// - Parameter data: What is not one JSON document.
    /// - Returns: `false`, and nothing is handed over, unless the first part is a document by itself.
    ///   A later one may be cut off.
    static func forEach(
        in data: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows -> Bool {
        var start = 0
        while start < data.count {
            let end = end(of: data, from: start)
            let part = UnsafeRawBufferPointer(rebasing: data[start..<end])
            if start == 0 && (end == data.count || JSONValue(part) == nil) { return false }
            if !part.isEmpty { try body(part) }
            start = end
            if data[start...].starts(with: field) { start += field.count }
            if start < data.count && data[start].isWhiteSpace { start += 1 }
        }
        return true
    }

    /// Where a line ends, or an object in front of `data:`.
    private static func end(of data: UnsafeRawBufferPointer, from start: Int) -> Int {
        for index in start..<data.count {
            if data[index] == UInt8(ascii: "\n") { return index }
            if data[index] == UInt8(ascii: "}"), data[(index + 1)...].starts(with: field) {
                return index + 1
            }
        }
        return data.count
    }
}
