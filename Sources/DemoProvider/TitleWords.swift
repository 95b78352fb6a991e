/// Makes a title of the first words of a text.
enum TitleWords {
    /// - Parameter text: Markdown, perhaps after the word `Question:`.
    /// - Returns: At most six words of the first line, without Markdown at their ends;
    ///   "New conversation" when there are none.
    static func title(of text: String) -> String {
        let label = "Question:"
        let rest = text.hasPrefix(label) ? text.dropFirst(label.count) : text[...]
        let words = rest.split(whereSeparator: \.isNewline).lazy
            .map { $0.split(separator: " ").map(trimmed).filter { !$0.isEmpty } }
            .first { !$0.isEmpty }
        let title = (words ?? []).prefix(6).joined(separator: " ").prefix(60)
        guard let first = title.first else { return "New conversation" }
        return first.uppercased() + title.dropFirst()
    }

    /// The word without what is neither letter nor digit at its ends.
    private static func trimmed(_ word: Substring) -> Substring {
        let isPart: (Character) -> Bool = { $0.isLetter || $0.isNumber }
        guard let last = word.lastIndex(where: isPart) else { return "" }
        return word[...last].drop { !isPart($0) }
    }
}
