import Testing

@testable import Providers

/// Thoughts within the text, cut into two pieces at every place, and into single letters.
@Suite struct ThoughtTests {
    private struct Answer: Equatable, CustomStringConvertible {
        var text = ""
        var thoughts = ""
        /// The largest amount of text that was shown and then taken back, in bytes.
        var takenBack = 0

        var description: String { "text \"\(text)\", thoughts \"\(thoughts)\"" }

        mutating func take(_ part: ThoughtSplitter.Part) {
            switch part {
            case .text(let piece): text += piece
            case .thought(let piece): thoughts += piece
            case .textWasThought:
                takenBack = max(takenBack, text.utf8.count)
                thoughts += (thoughts.isEmpty ? "" : "\n\n") + text
                text = ""
            case .thoughtWasText(let whole): (text, thoughts) = (whole, "")
            }
        }
    }

    private func read(_ pieces: [String], well: Bool) -> Answer {
        var answer = Answer()
        var splitter = ThoughtSplitter()
        for piece in pieces { splitter.take(piece) { answer.take($0) } }
        splitter.finish(well: well) { answer.take($0) }
        return answer
    }

    /// Reads `whole` in all its cuts.
    private func expect(
        _ whole: String, text: String, thoughts: String, well: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let letters = whole.unicodeScalars.map { String($0) }
        var cuts = [letters, [whole]]
        for cut in 1..<max(2, letters.count) {
            cuts.append([letters[..<cut].joined(), letters[cut...].joined()])
        }
        for pieces in cuts {
            let answer = read(pieces, well: well)
            #expect(
                answer.text == text && answer.thoughts.trimmingWhiteSpace == thoughts,
                "\(pieces.prefix(2)): \(answer)", sourceLocation: sourceLocation)
        }
    }

    @Test(
        "Thoughts at the beginning are no text, and the white space around them goes",
        arguments: [
            "<think>\nCount feet.\n</think>\n\nFive **hens**.",
            "\n\n<think>Count feet.</think>Five **hens**.",
            "<THINK> Count feet. </Think> Five **hens**.",
            "<thinking>\nCount feet.\n</thinking>\nFive **hens**.",
            "<thought>Count feet.</thought>Five **hens**.",
            "[THINK]Count feet.[/THINK]Five **hens**.",
            "<seed:think>Count feet.</seed:think>Five **hens**.",
            "◁think▷Count feet.◁/think▷Five **hens**.",
            "<|begin_of_thought|>Count feet.<|end_of_thought|>Five **hens**.",
            "<|START_THINKING|>Count feet.<|END_THINKING|>Five **hens**.",
            "<|channel|>analysis<|message|>Count feet.<|end|><|start|>assistant<|channel|>final"
                + "<|message|>Five **hens**.",
            "<|channel>thought\nCount feet.\n<channel|>Five **hens**.",
            "<|start|>assistant<|channel|>analysis<|message|>Count feet.<|end|><|start|>assistant"
                + "<|channel|>final<|message|>Five **hens**.",
            "<|channel|>analysis<|message|>Count feet.<|start|>assistant<|channel|>final<|message|>"
                + "Five **hens**.",
            "<|channel|>commentary<|message|>Count feet.<|end|><|start|>assistant<|channel|>final"
                + "<|message|>Five **hens**.",
            "<|channel|>commentary to=functions.count <|constrain|>json<|message|>Count feet.<|call|>"
                + "<|start|>assistant<|channel|>final<|message|>Five **hens**.",
            "<reasoning>\nCount feet.\n</reasoning>\nFive **hens**.",
            "<reason>Count feet.</reason>Five **hens**.",
            "<think time=\"3\">Count feet.</think>\nFive **hens**.",
            "<think\ttime='3' lang='en'>\nCount feet.</think>Five **hens**.",
            "<think>\n<think>\nCount feet.\n</think>\n\nFive **hens**.",
        ])
    func atTheBeginning(whole: String) {
        expect(whole, text: "Five **hens**.", thoughts: "Count feet.")
    }

    @Test func theChannelsOfHarmony() {
        expect("<|channel|>final<|message|>Five.", text: "Five.", thoughts: "")
        expect("<|start|>assistant<|channel|>final<|message|>Five.", text: "Five.", thoughts: "")
        expect(
            "<|channel|>analysis<|message|>A.<|end|><|start|>assistant<|channel|>commentary"
                + "<|message|>B.<|end|><|start|>assistant<|channel|>final<|message|>Five.",
            text: "Five.", thoughts: "A.\n\nB.")
        expect("<|im_start|>assistant\nFive.", text: "Five.", thoughts: "")
        expect(
            "<|begin_of_thought|>A.<|end_of_thought|>\n<|begin_of_solution|>Five.", text: "Five.",
            thoughts: "A.")
    }

    @Test("Thoughts within thoughts end with the outer ones")
    func nested() {
        expect(
            "<think>A <think>B</think> C\n</think>Five.", text: "Five.",
            thoughts: "A <think>B\n\nC")
    }

    @Test("Thoughts may quote their marks")
    func quotedEnd() {
        expect(
            "<think>They ask about `<think>`.</think>It ends in\n</think>\nalways.",
            text: "It ends in\n</think>\nalways.", thoughts: "They ask about `<think>`.")
        expect(
            "<think>What is `</think>`? I tell.</think>Five.", text: "Five.",
            thoughts: "What is `</think>`? I tell.")
        expect(
            "<think>\nWhat is \"</think>\"?\n</think>\n\nFive.", text: "Five.",
            thoughts: "What is \"</think>\"?")
        expect(
            "<think>Say \"hens\"</think>\"Hens\"", text: "\"Hens\"", thoughts: "Say \"hens\"")
        expect("<think>Say `hens`</think>`hens`", text: "`hens`", thoughts: "Say `hens`")
        expect("<think>Say \"</think>", text: "", thoughts: "Say \"")
    }

    @Test(
        "The end mark alone ends thoughts as well",
        arguments: [
            "Count feet.\n</think>\n\nFive.", "Count feet.</think>Five.",
            "Count feet. </think> Five.",
            "\nCount feet.\n[/THINK]\nFive.", "Count feet.\n</thinking>\nFive.",
            "Count feet.\n◁/think▷\n\nFive.",
        ])
    func endAlone(whole: String) {
        expect(whole, text: "Five.", thoughts: "Count feet.")
    }

    @Test func whatThoughtsSayOfMarkupStays() {
        expect(
            "Use `x<y` and\n```\n<b>\n```\nthen.\n</think>\nDone: a < b.", text: "Done: a < b.",
            thoughts: "Use `x<y` and\n```\n<b>\n```\nthen.")
    }

    @Test func emptyThoughtsAreNothing() {
        expect("<think>\n\n</think>\n\nFive.", text: "Five.", thoughts: "")
        expect("</think>\n\nFive.", text: "Five.", thoughts: "")
    }

    @Test func severalThoughtsInARow() {
        expect(
            "<think>One.</think>\n<think>Two.</think>\nFive.", text: "Five.",
            thoughts: "One.\n\nTwo.")
    }

    @Test(
        "Only the first mark without an end may be a word: thoughts that were whole stay",
        arguments: ["<think>Perhaps it is late", "<think> is that all"])
    func laterThoughtsWithoutAnEnd(later: String) {
        let words = later.dropFirst("<think>".count).drop { $0 == " " }
        expect(
            "<think>first</think>\n\(later)", text: "", thoughts: "first\n\n\(words)")
    }

    @Test(
        "What an answer says of the marks stays as it was written",
        arguments: [
            "Put `<think>` before and `</think>` after.",
            "The tags <think> and </think> mark thoughts.",
            "```html\n<think>a</think>\nb\n```\nDone.", "```\n</think>\nb\n```\n",
            "It ends with </think>, always.", "Write \"</think>\" there.", "Use </think> to close.",
            "First. <think>not at the beginning</think> Second.", "a < b and [THINKING] c",
            "<thinker> is a word", "<b>bold</b>", "[THIN", "<thi", "Ends in </thin",
            "Ends in </think>",
            "<think me a thought", "<think of it> is", "<reasoning", "<|channel|> is a mark",
            "Sure.\n<think>hm</think>\nYes.",
            "  two spaces", "\n\nx", "<think> is a tag that some models write.",
        ])
    func literalMarks(whole: String) {
        expect(whole, text: whole, thoughts: "")
    }

    @Test func theFirstEndCounts() {
        expect(
            "<think>Hm.</think>The literal </think> stays.", text: "The literal </think> stays.",
            thoughts: "Hm.")
    }

    @Test func thoughtsThatNeverEndStayThoughts() {
        expect("<think>\nOn and on", text: "", thoughts: "On and on", well: false)
        expect("<think>\nOn and on", text: "", thoughts: "On and on")
        expect("<think> is a", text: "", thoughts: "is a", well: false)
        expect("<think>On</thi", text: "", thoughts: "On</thi", well: false)
    }

    @Test func thoughtsElsewhereLeaveTheTextAlone() {
        var answer = Answer()
        var splitter = ThoughtSplitter()
        splitter.noteThoughtsElsewhere()
        splitter.take("Five.\n</think>\nSix.") { answer.take($0) }
        splitter.finish(well: true) { answer.take($0) }
        #expect(answer.text == "Five.\n</think>\nSix.")
    }

    @Test func textIsNotHeldBack() {
        var parts: [ThoughtSplitter.Part] = []
        var splitter = ThoughtSplitter()
        splitter.take("Hello") { parts.append($0) }
        splitter.take(" there <b") { parts.append($0) }
        #expect(parts == [.text("Hello"), .text(" there <b")])
    }

    @Test("Many quoted ends take no more than linear time")
    func manyEnds() {
        let whole = String(repeating: "`</think>` ", count: 200_000)
        #expect(read([whole], well: true).text == whole)
    }

    // MARK: In an answer

    @Test("Case 05a: thoughts in the text, as a provider streams them")
    func inAnAnswer() throws {
        let chat = try Chat(
            answer: delta(#"<think>\nOkay, hens.\nCount feet.\n"#)
                + delta(#"</think>\n\nThere are **5** hens."#) + finish("stop") + done)
        #expect(chat.text == "There are **5** hens.")
        #expect(chat.reasoning == "Okay, hens.\nCount feet.")
        #expect(chat.outcome.text == chat.text)
        #expect(chat.outcome.reasoning == chat.reasoning)
        #expect(chat.outcome.state == .complete)
    }

    @Test("Case 05b: the end mark alone; what was shown as text is revised")
    func endAloneInAnAnswer() throws {
        let chat = try Chat(
            answer: delta(#"Okay, hens. Count feet.\n"#)
                + delta(#"</think>\n\nThere are **5** hens."#) + finish("stop") + done)
        #expect(
            chat.events.contains(.revised(text: "", reasoning: "Okay, hens. Count feet.")))
        #expect(chat.outcome.text == "There are **5** hens.")
        #expect(chat.outcome.reasoning == "Okay, hens. Count feet.")
    }

    @Test(
        "What a template sets at the end of an answer is no word",
        arguments: [
            "<|im_end|>", "<|eot_id|>", "</s>", "<|endoftext|>", "<|return|>", "<|end|>\\n",
            "<|eot_id|><|start_header_id|>user",
            "<|im_end|>\\n<|im_start|>user\\n",
            "<end_of_turn>", "<｜end▁of▁sentence｜>", "<|end_of_solution|>",
        ])
    func endTokens(end: String) throws {
        for pieces in [[end], end.map { String($0) }] where !end.contains("\\") || pieces.count == 1
        {
            let chat = try Chat(
                answer: delta("Five.") + pieces.map { delta($0) }.joined() + finish("stop") + done)
            #expect(chat.text == "Five.")
            #expect(chat.outcome.text == "Five.")
        }
        let alone = try Chat(answer: delta(end) + finish("stop") + done)
        #expect(alone.outcome.state == .empty)
    }

    @Test(
        "What an answer says of these marks stays",
        arguments: [
            "It ends with <|im_end|>", "Write `<|im_end|>`", "```\\n<|im_end|>\\n```",
            "a <|im_end|> b",
            "One <s>old</s>", "Not <s>new</s>\\n", "<|im_end|>x", "<|im_end|><|im_e", "a < b", "a<",
            "Use <|eot_id|>, never </s>, or <|eot_id|>",
        ])
    func wordsAboutEndTokens(text: String) throws {
        let chat = try Chat(
            answer: text.contains("\\")
                ? delta(text) + finish("stop") + done
                : text.map { delta(String($0)) }.joined() + finish("stop") + done)
        #expect(
            chat.text
                == text.split(separator: "\\n", omittingEmptySubsequences: false)
                .joined(separator: "\n"))
        #expect(chat.outcome.text == chat.text)
    }

    @Test("What was held back as an end is there when the answer breaks off, or was cut")
    func heldBackEnd() throws {
        #expect(try Chat(answer: delta("Five<|im_end|>")).text == "Five<|im_end|>")
        #expect(
            try Chat(answer: delta("Five<|im_end|>") + finish("length") + done).text
                == "Five<|im_end|>")
    }

    @Test("What is held back for a mark is not lost when the answer breaks off")
    func heldBack() throws {
        let chat = try Chat(answer: delta("one <th"))
        #expect(chat.outcome.state == .partial)
        #expect(chat.outcome.text == "one <th")
        #expect(chat.text == "one <th")
        let done = try Chat(answer: delta("one </thin") + finish("stop") + done)
        #expect(done.text == "one </thin")
        #expect(done.outcome.text == "one </thin")
    }

    @Test("A mark that was a word takes no thoughts away that came in a field of their own")
    func wordBesideAField() throws {
        let chat = try Chat(
            answer: event(#""delta":{"reasoning":"Tags."},"finish_reason":null"#)
                + delta("<think> is a tag.") + finish("stop") + done)
        #expect(chat.outcome.text == "<think> is a tag.")
        #expect(chat.outcome.reasoning == "Tags.")
        #expect(chat.events.contains(.revised(text: "<think> is a tag.", reasoning: "Tags.")))
    }

    @Test func onlyThoughtsAreAnEmptyAnswer() throws {
        let chat = try Chat(answer: delta("<think>hm") + finish("stop") + done)
        #expect(chat.outcome.state == .empty)
        #expect(chat.outcome.reasoning == "hm")
        let long = try Chat(answer: delta("<think>hm") + finish("length") + done)
        #expect(long.outcome.state == .length)
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
