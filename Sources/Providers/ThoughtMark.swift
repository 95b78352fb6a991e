/// What stands around thoughts that a model writes into its text, where nobody between it and us has
/// taken them out: a beginning and an end, as its chat template knows them.
struct ThoughtMark: Sendable {
    let begin: [UInt8]
    /// What ends the thoughts, whichever comes first.
    let ends: [[UInt8]]
    /// Whether the template may write the beginning into the prompt, so that only the end comes.
    let endStandsAlone: Bool

    /// What ends the beginning mark; in front of it there may be attributes. Empty where there are none.
    private let closing: [UInt8]

    private init(
        _ begin: String, _ ends: String..., closing: String = "", endStandsAlone: Bool = true
    ) {
        self.begin = Array(begin.utf8)
        self.ends = ends.map { Array($0.utf8) }
        self.closing = Array(closing.utf8)
        self.endStandsAlone = endStandsAlone
    }

    private static func tag(_ name: String, endStandsAlone: Bool) -> ThoughtMark {
        ThoughtMark("<\(name)>", "</\(name)>", closing: ">", endStandsAlone: endStandsAlone)
    }

    private static func channel(_ name: String) -> ThoughtMark {
        ThoughtMark(
            "<|channel|>\(name)<|message|>", "<|end|>", "<|call|>", "<|start|>assistant",
            closing: "<|message|>", endStandsAlone: false)
    }

    /// DeepSeek, Qwen, GLM, MiniMax and most others; Mistral; Seed; Kimi; Command; gpt-oss; Gemma.
    static let all = [
        tag("think", endStandsAlone: true), tag("thinking", endStandsAlone: true),
        tag("thought", endStandsAlone: false), tag("reasoning", endStandsAlone: false),
        tag("reason", endStandsAlone: false),
        ThoughtMark("[THINK]", "[/THINK]"),
        ThoughtMark("<seed:think>", "</seed:think>"),
        ThoughtMark("◁think▷", "◁/think▷"),
        ThoughtMark("<|begin_of_thought|>", "<|end_of_thought|>"),
        ThoughtMark("<|START_THINKING|>", "<|END_THINKING|>"),
        channel("analysis"), channel("commentary"),
        ThoughtMark("<|channel>thought", "<channel|>", endStandsAlone: false),
    ]

    static let lonelyEnds = all.filter(\.endStandsAlone)

    /// What a template sets before the answer itself: gpt-oss, ChatML, Llama, Sky-T1, Command.
    static let answerBegins = [
        "<|start|>assistant", "<|channel|>final<|message|>", "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>", "<|begin_of_solution|>",
        "<|START_RESPONSE|>",
    ].map { Array($0.utf8) }

    /// The longest attributes of a beginning mark, in bytes.
    private static let longestAttributes = 120

    /// Whether bytes begin with the beginning mark, as it is or with attributes (`time="3"`), and how
    /// long it is.
    func matchBegin(_ bytes: ArraySlice<UInt8>) -> (match: Match, length: Int) {
        let plain = Self.match(begin, bytes)
        let stem = begin.dropLast(closing.count)
        guard plain == .none, !closing.isEmpty, Self.match(Array(stem), bytes) == .whole,
            bytes[bytes.startIndex + stem.count].isWhiteSpace
        else { return (plain, begin.count) }
        let line = bytes.dropFirst(stem.count).prefix(Self.longestAttributes).prefix {
            $0 != UInt8(ascii: "\n")
        }
        if let end = line.indices.first(where: { Self.match(closing, line[$0...]) == .whole }) {
            let isSet = line[..<end].contains(UInt8(ascii: "="))
            return (isSet ? .whole : .none, end + closing.count - bytes.startIndex)
        }
        let isOpen = line.endIndex == bytes.endIndex && line.count < Self.longestAttributes
        return (isOpen ? .part : .none, 0)
    }

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
