extension String {
    /// The text in pieces of one word each, with the white space that follows it; joined they are
    /// the text again.
    var words: [String] {
        var words: [String] = []
        var start = utf8.startIndex
        var afterSpace = false
        for index in utf8.indices {
            let isSpace = utf8[index] == UInt8(ascii: " ") || utf8[index] == UInt8(ascii: "\n")
            if afterSpace, !isSpace {
                words.append(String(self[start..<index]))
                start = index
            }
            afterSpace = isSpace
        }
        if start < utf8.endIndex { words.append(String(self[start...])) }
        return words
    }
}
