import Web

/// Titles of conversations.
enum Title {
    /// The longest title, in characters.
    static let limit = 120
    /// The longest title, in bytes of UTF-8.
    static let byteLimit = 480

    /// The beginning of a message, cut between words.
    static func beginning(of text: String) -> String {
        let line = text.singleLine
        let cut = line.cut(characters: 60, bytes: byteLimit - "…".utf8.count)
        guard cut.endIndex < line.endIndex else { return line }
        let end = cut.lastIndex(of: " ") ?? cut.endIndex
        return cut[..<end] + "…"
    }
}

extension String {
    /// The beginning, cut between two characters as a person sees them: never within an emoji.
    ///
    /// - Parameter bytes: One character may hold any number; what has more is cut all the same.
    func cut(characters: Int, bytes: Int) -> Substring {
        var end = startIndex
        for _ in 0..<characters where end < endIndex {
            let next = index(after: end)
            guard utf8[..<next].count <= bytes else { break }
            end = next
        }
        guard end == startIndex, end < endIndex else { return self[..<end] }
        while end < endIndex {
            let next = unicodeScalars.index(after: end)
            guard utf8[..<next].count <= bytes else { break }
            end = next
        }
        return self[..<end]
    }
}
