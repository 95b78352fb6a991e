/// Takes off what a chat template sets at the end of an answer, where a server lets it through: pieces
/// of text in, pieces out, no matter where they are cut.
///
/// Only the very end is judged, once it is known to be the end. An answer that is about these marks
/// sets them into code, behind a space, or more than once.
struct EndTokens {
    /// ChatML; Llama; Gemma; harmony; Command; DeepSeek; older Llamas and Mistral; Sky-T1; and the turn
    /// that some models go on to.
    private static let all =
        [
            "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>",
            "<end_of_turn>", "<|end|>", "<|return|>", "<|END_OF_TURN_TOKEN|>", "<|END_RESPONSE|>",
            "<｜end▁of▁sentence｜>", "</s>", "<|end_of_solution|>", "<|im_start|>user",
            "<|im_start|>assistant", "<|start_header_id|>user", "<|start_header_id|>assistant",
            "<|end_header_id|>",
        ].map { Array($0.utf8) }

    /// More of them in a row, in bytes, are no end.
    private static let longestRun = 256

    /// What may be the end: marks, white space among them, and perhaps the beginning of one more.
    private var held: [UInt8] = []

    /// - Returns: What is certain not to belong to the end.
    mutating func take(_ piece: String) -> String {
        if held.isEmpty && !piece.utf8.contains(UInt8(ascii: "<")) { return piece }
        let bytes = held + piece.utf8
        let start = Self.startOfRun(in: bytes[...]) ?? bytes.count
        held = bytes.count - start > Self.longestRun ? [] : Array(bytes[start...])
        return String(decoding: bytes.dropLast(held.count), as: UTF8.self)
    }

    /// Nothing more comes.
    ///
    /// - Parameters:
    ///   - text: The whole text before what is held.
    ///   - well: The answer was not cut off.
    /// - Returns: What is held, where it is no end.
    mutating func finish(after text: String, well: Bool) -> String {
        let isEnd = well && !held.isEmpty && Self.isWhole(held[...]) && !Self.isMentioned(in: text)
        let rest = release()
        return isEnd ? "" : rest
    }

    /// Gives back what is held.
    mutating func release() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    private static func isMentioned(in text: String) -> Bool {
        text.utf8.last == UInt8(ascii: " ")
            || ThoughtMark.first(of: mentions, in: Array(text.utf8)[...])?.match == .whole
    }

    private static let mentions = all + [Array("<s>".utf8)]

    /// Where marks begin that go on to the end, the last of them perhaps not whole.
    private static func startOfRun(in bytes: ArraySlice<UInt8>) -> Int? {
        var from = bytes.startIndex
        while let start = bytes[from...].firstIndex(of: UInt8(ascii: "<")) {
            let end = endOfRun(bytes[start...])
            if end.index == bytes.endIndex || end.isOpen { return start }
            // Whatever begins within the run ends where it does.
            from = max(end.index, start + 1)
        }
        return nil
    }

    /// How far marks go; and whether the bytes end within the last.
    private static func endOfRun(_ bytes: ArraySlice<UInt8>) -> (index: Int, isOpen: Bool) {
        var rest = bytes
        while true {
            let words = rest.drop(while: \.isWhiteSpace)
            if words.isEmpty { return (words.endIndex, false) }
            var isOpen = false
            let mark = all.first { mark in
                let match = ThoughtMark.match(mark, words)
                if match == .part { isOpen = true }
                return match == .whole
            }
            guard let mark else { return (rest.startIndex, isOpen) }
            rest = words.dropFirst(mark.count)
        }
    }

    private static func isWhole(_ run: ArraySlice<UInt8>) -> Bool {
        let end = endOfRun(run)
        return end.index == run.endIndex && !end.isOpen
    }
}
