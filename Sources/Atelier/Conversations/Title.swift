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

    /// A model's proposal without its decoration.
    ///
    /// - Returns: `nil` when it is no title at all.
    static func cleaned(_ proposal: String) -> String? {
        let line = proposal.split(whereSeparator: \.isNewline).first {
            $0.contains { !$0.isWhitespace }
        }
        let decoration: Set<Character> = ["\"", "'", "“", "”", "«", "»", "*", "#", "`", " ", "."]
        var rest = (line ?? "")[...]
        while let first = rest.first, decoration.contains(first) { rest.removeFirst() }
        while let last = rest.last, decoration.contains(last) { rest.removeLast() }
        if rest.lowercased().hasPrefix("title: ") { rest = rest.dropFirst("title: ".count) }
        let title = rest.singleLine
        guard title.count >= 2, title.cut(characters: limit, bytes: byteLimit) == title[...] else {
            return nil
        }
        return title
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
