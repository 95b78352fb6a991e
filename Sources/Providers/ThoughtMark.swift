/// What stands around thoughts that a model writes into its text, where nobody between it and us has
/// taken them out: a beginning and an end, as its chat template knows them.
struct ThoughtMark: Sendable {
    let begin: [UInt8]
    let end: [UInt8]
    /// Whether the template may write the beginning into the prompt, so that only the end comes.
    let endStandsAlone: Bool

    private init(_ begin: String, _ end: String, endStandsAlone: Bool = true) {
        self.begin = Array(begin.utf8)
        self.end = Array(end.utf8)
        self.endStandsAlone = endStandsAlone
    }

    /// DeepSeek, Qwen, GLM, MiniMax and most others; Mistral; Seed; Kimi; Command; gpt-oss; Gemma.
    static let all = [
        ThoughtMark("<think>", "</think>"),
        ThoughtMark("<thinking>", "</thinking>"),
        ThoughtMark("<thought>", "</thought>", endStandsAlone: false),
        ThoughtMark("[THINK]", "[/THINK]"),
        ThoughtMark("<seed:think>", "</seed:think>"),
        ThoughtMark("◁think▷", "◁/think▷"),
        ThoughtMark("<|begin_of_thought|>", "<|end_of_thought|>"),
        ThoughtMark("<|START_THINKING|>", "<|END_THINKING|>"),
        ThoughtMark(
            "<|channel|>analysis<|message|>",
            "<|end|><|start|>assistant<|channel|>final<|message|>", endStandsAlone: false),
        ThoughtMark("<|channel>thought", "<channel|>", endStandsAlone: false),
    ]

    static let lonelyEnds = all.filter(\.endStandsAlone)

    /// How a mark and the beginning of some bytes compare.
    enum Match { case whole, part, none }

    static func match(_ mark: [UInt8], _ bytes: ArraySlice<UInt8>) -> Match {
        for (expected, byte) in zip(mark, bytes) where expected.folded != byte.folded {
            return .none
        }
        return bytes.count < mark.count ? .part : .whole
    }

    /// Where the first of some marks begins; also where the bytes end within one.
    static func first(
        of marks: [[UInt8]], in bytes: ArraySlice<UInt8>
    ) -> (index: Int, mark: [UInt8], match: Match)? {
        for index in bytes.indices where isBegin(bytes[index]) {
            for mark in marks {
                let match = match(mark, bytes[index...])
                if match != .none { return (index, mark, match) }
            }
        }
        return nil
    }

    /// Whether a mark can begin with this byte.
    static func isBegin(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "<") || byte == UInt8(ascii: "[") || byte == 0xE2
    }
}

extension UInt8 {
    /// The small letter of an ASCII capital one.
    fileprivate var folded: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }

    var isWhiteSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
