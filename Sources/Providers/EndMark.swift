/// An end mark in a text without a beginning mark: the end of thoughts, or a word of the answer.
///
/// A model that ends its thoughts sets the mark between two sentences. Who writes about the mark sets
/// it into code, into quotation marks, beside its beginning, or into the middle of a sentence.
struct EndMark {
    /// The text in front of it.
    let before: [UInt8]
    /// What has come behind it; not white space alone.
    let behind: ArraySlice<UInt8>

    var endsThoughts: Bool {
        !isInCode && !isQuoted && !isWithinSentence
            && ThoughtMark.first(of: ThoughtMark.lonelyEnds.map(\.begin), in: before[...])?.match
                != .whole
    }

    /// Whether thoughts may quote their end with this byte.
    static func mayQuote(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`")
    }

    /// Whether the end mark is a word of thoughts that began with their mark: it stands between two
    /// quotation marks, of which the first is open.
    ///
    /// - Parameter line: What is in front of it in its line.
    static func isQuoted(line: ArraySlice<UInt8>, next: UInt8) -> Bool {
        mayQuote(line.last) && line.last == next && line.count { $0 == next } % 2 == 1
    }

    private var isInCode: Bool {
        let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let fences = lines.count { line in
            let words = line.drop(while: \.isWhiteSpace)
            return words.starts(with: "```".utf8) || words.starts(with: "~~~".utf8)
        }
        let ticks = lines.last?.count { $0 == UInt8(ascii: "`") } ?? 0
        return fences % 2 == 1 || ticks % 2 == 1
    }

    private var isQuoted: Bool {
        guard let last = before.last, let next = behind.first else { return false }
        return last == next && Array(#""'`*"#.utf8).contains(last)
            || last == UInt8(ascii: "(") && next == UInt8(ascii: ")")
    }

    private var isWithinSentence: Bool {
        let next = behind.first ?? 0
        if Array(".,;:)".utf8).contains(next) { return true }
        guard next == UInt8(ascii: " "), before.last == UInt8(ascii: " "),
            let word = before.last(where: { !$0.isWhiteSpace })
        else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(word | 0x20)
            || word == UInt8(ascii: ",")
    }
}
