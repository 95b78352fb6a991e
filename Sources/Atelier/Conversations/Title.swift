/// Titles of conversations.
enum Title {
    /// The longest title, in characters.
    static let limit = 120

    /// The beginning of a message, cut between words.
    static func beginning(of text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard line.count > 60 else { return line }
        let cut = line.prefix(60)
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
        return (2...limit).contains(rest.count) ? String(rest) : nil
    }
}
