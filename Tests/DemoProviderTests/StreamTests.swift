import HTTPTypes
import Testing

@testable import DemoProvider

@Suite struct StreamTests {
    let demo = Fixture()

    @Test func aStreamIsMadeOfWholeEventsThatLeaveAtOnce() throws {
        let reply = try demo.chat("demo/echo", "one two")
        #expect(reply.status == 200)
        #expect(reply.headers[.contentType] == "text/event-stream")
        #expect(reply.text.hasSuffix("\n\ndata: [DONE]\n\n"))
        #expect(reply.pieces.count == 5)  // two words, finish, usage, end
        #expect(reply.pieces.allSatisfy { $0.isFlushed && $0.text.hasSuffix("\n\n") })
    }

    @Test func aChunkHasTheShapeOfTheWire() throws {
        let reply = try demo.chat("sim/echo", "ü")
        let created = reply.generationID.dropFirst(4).prefix { $0 != "-" }
        #expect(
            reply.events.first
                == #"{"id":"\#(reply.generationID)","object":"chat.completion.chunk","created":\#(created),"model":"sim/echo","provider":"Demo","choices":[{"index":0,"delta":{"content":"ü","role":"assistant"},"finish_reason":null,"native_finish_reason":null}]}"#
        )
    }

    @Test func everyChunkCarriesTheIdOfTheHeader() throws {
        let reply = try demo.chat("demo/showcase")
        let parts = reply.generationID.split(separator: "-")
        #expect(parts.count == 3 && parts[0] == "gen" && parts[2].count == 20)
        #expect(Set(try reply.chunks().map(\.id)) == [reply.generationID])
        #expect(Set(try reply.chunks().map(\.model)) == ["demo/showcase-20260801"])
    }

    @Test func theSameRequestGetsTheSameText() throws {
        for model in DemoModels.all {
            let first = try demo.chat(model.id).answer()
            #expect(!first.isEmpty)
            #expect(try Fixture().chat(model.id).answer() == first)
        }
    }

    @Test func usageFollowsTheFinishAndRepeatsIt() throws {
        let last = try demo.chat("demo/echo").chunks().suffix(2)
        #expect(last.map(\.choices.first?.finishReason) == ["stop", "stop"])
        #expect(last.map(\.choices.first?.nativeFinishReason) == ["end_turn", "end_turn"])
        #expect(last.map { $0.usage != nil } == [false, true])
    }

    @Test func fastAnswersWithTwentyChunksAndNoPause() throws {
        let reply = try demo.chat("demo/fast")
        #expect(try reply.chunks().count { $0.choices.first?.delta?.content != "" } == 20)
        #expect(reply.duration == .zero)
    }

    @Test func showcaseSpeaksFortyWordsASecond() throws {
        let reply = try demo.chat("demo/showcase")
        let words = Showcase.text.words.count
        #expect(reply.duration == .milliseconds(25) * (words - 1))
        #expect(try reply.answer() == Showcase.text)
        #expect(reply.duration < .seconds(10))
    }

    @Test func aBusyModelIsHeardOfEveryFourTenthsOfASecond() throws {
        let reply = try demo.chat("demo/slow")
        let comments = reply.pieces.filter { $0.text == ": OPENROUTER PROCESSING\n\n" }
        #expect(
            comments.prefix(3).map(\.time) == [
                .milliseconds(500), .milliseconds(900), .milliseconds(1_300),
            ])
        #expect(comments.count == 12)
        #expect(comments.allSatisfy { $0.time < .seconds(5) })
    }

    @Test func reasoningComesBeforeTheAnswer() throws {
        let deltas = try demo.chat("demo/reason").chunks().compactMap { $0.choices.first?.delta }
        let firstWord = try #require(deltas.firstIndex { $0.content != "" })
        #expect(deltas[..<firstWord].count { $0.reasoning != nil } > 20)
        #expect(deltas[firstWord...].allSatisfy { $0.reasoning == nil })
    }

    @Test func theLongAnswerHasAboutThreeThousandWords() throws {
        let answer = try demo.chat("demo/long").answer()
        let words = answer.split(whereSeparator: \.isWhitespace).count
        #expect((2_700...3_500).contains(words))
    }

    @Test func anAnswerStopsAtTheTokensThatWereAskedFor() throws {
        let chunks = try demo.chat("demo/long", more: #","max_tokens":50"#).chunks()
        #expect(chunks.last?.choices.first?.finishReason == "length")
        #expect(chunks.last?.choices.first?.nativeFinishReason == "max_tokens")
        let tokens = try #require(chunks.last?.usage?.completionTokens)
        #expect((40...50).contains(tokens))
    }

    @Test(arguments: [
        ("How do I **fix** a leaking tap, quickly?", "How do I fix a leaking"),
        ("Question: which glue\n\nAnswer: none", "Which glue"),
        ("\n\n# \u{201C}Hello\u{201D}!", "Hello"), ("?!", "New conversation"),
    ])
    func titlesAreTheFirstWords(question: String, title: String) throws {
        #expect(try demo.chat("demo/title", question).answer() == title)
    }

    @Test func timePassesWhileTheThreadSleeps() {
        let start = TimeSource.system.now()
        while TimeSource.system.now() < start + .milliseconds(20) {
            TimeSource.system.sleep(.milliseconds(20))
        }
        #expect(TimeSource.system.now() - start < .seconds(30))
    }
}
