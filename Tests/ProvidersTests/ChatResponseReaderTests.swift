import Testing

@testable import Providers

@Suite("14.1, 2, 4, 8, 23: a body cut anywhere, in either form") struct ChatResponseReaderTests {
    private static let stream =
        "\u{FEFF}\r\n : OPENROUTER PROCESSING\n\n" + delta("Grü")
        + delta("ße 👋").replacing("\n", with: "\r\n")
        + finish("stop", usageJSON) + done

    private static let bareStream =
        "\u{FEFF}" + delta("Grü") + delta("ße 👋") + finish("stop", usageJSON)

    private static let document =
        "\u{FEFF}\n         \n"
        + #"{"choices":[{"message":{"content":"Grüße 👋"},"finish_reason":"stop"}]\#(usageJSON)}"#
        + "\n"

    private func outcome(_ pieces: [ArraySlice<UInt8>]) throws -> ChatOutcome {
        let reader = ChatResponseReader(
            generationID: nil, contentLimit: .max, progress: .seconds(60))
        for piece in pieces { _ = try piece.withUnsafeBytes { try reader.feed($0) { _ in } } }
        try reader.finish { _ in }
        return reader.assembly.finished(failure: nil, redactor: Redactor())
    }

    private func check(_ outcome: ChatOutcome, _ comment: Comment) {
        #expect(outcome.state == .complete, comment)
        #expect(outcome.text == "Grüße 👋", comment)
        #expect(outcome.usage?.costNano == 42_000, comment)
    }

    @Test(arguments: [stream, bareStream, document])
    func inTwo(body: String) throws {
        let bytes = Array(body.utf8)
        for cut in 0...bytes.count {
            check(try outcome([bytes[..<cut], bytes[cut...]]), "cut at \(cut)")
        }
    }

    @Test(arguments: [stream, bareStream, document])
    func byteByByte(body: String) throws {
        let bytes = Array(body.utf8)
        check(try outcome(bytes.indices.map { bytes[$0...$0] }), "byte by byte")
    }

    @Test("Case 20, in an answer, in text and in thoughts")
    func inAnAnswer() throws {
        let chat = try Chat(
            answer: delta("Good morning ") + delta(#"\ud83d"#)
                + event(#""delta":{"reasoning":"\ud83d"}"#)
                + event(#""delta":{"reasoning":"\ude01"}"#)
                + delta(#"\ude00"#) + delta(" to you") + finish("stop") + done)
        #expect(chat.text == "Good morning 😀 to you")
        #expect(chat.reasoning == "😁")
        #expect(chat.outcome.text == chat.text)
    }
}
