import HTTPTypes
import Testing

@testable import DemoProvider

@Suite struct DocumentTests {
    let demo = Fixture()

    @Test func aQuickAnswerBeginsWithItsBrace() throws {
        let reply = try demo.chat("demo/echo", "one\ntwo", stream: false)
        let document: Chunk = try reply.decoded()
        #expect(reply.headers[.contentType] == "application/json")
        #expect(reply.text.hasPrefix("{"))
        #expect(document.object == "chat.completion")
        #expect(document.id == reply.generationID)
        #expect(document.choices.first?.message?.content == "one\ntwo")
        #expect(document.choices.first?.finishReason == "stop")
        #expect(document.usage != nil)
    }

    @Test func aSlowAnswerIsPrecededByWhiteSpace() throws {
        let reply = try demo.chat("demo/showcase", stream: false)
        let blanks = reply.pieces.dropLast()
        #expect(blanks.count >= 10)
        #expect(blanks.allSatisfy { $0.text == "\n         \n" && $0.isFlushed })
        #expect(blanks.prefix(2).map(\.time) == [.milliseconds(400), .milliseconds(800)])
        #expect(try reply.decoded(Chunk.self).choices.first?.message?.content == Showcase.text)
    }

    @Test func streamAndDocumentCountTheSame() throws {
        for model in DemoModels.all {
            let streamed = try demo.chat(model.id).chunks().last?.usage
            let whole: Chunk = try demo.chat(model.id, stream: false).decoded()
            #expect(streamed?.totalTokens == whole.usage?.totalTokens)
            #expect(streamed?.cost == whole.usage?.cost)
        }
    }

    @Test func callsAndPicturesAreWhole() throws {
        let tools: Chunk = try demo.chat("sim/tools", stream: false).decoded()
        let message = try #require(tools.choices.first?.message)
        #expect(message.content == nil)
        #expect(message.toolCalls?.map(\.function.arguments) == [#"{"city": "Berlin"}"#])
        let image: Chunk = try demo.chat("sim/image", stream: false).decoded()
        #expect(image.choices.first?.message?.images?.count == 1)
    }

    @Test func anErrorStandsBesideTheTextThatCame() throws {
        let document: Chunk = try demo.chat("sim/midstream-error", stream: false).decoded()
        let choice = try #require(document.choices.first)
        #expect(choice.finishReason == "error")
        #expect(choice.error?.message == "Provider disconnected")
        #expect(choice.message?.content?.isEmpty == false)
    }

    @Test func aTruncatedAnswerIsNoJSON() throws {
        let reply = try demo.chat("sim/truncate", stream: false)
        #expect(reply.text.hasPrefix("{"))
        #expect(throws: (any Error).self) { try reply.decoded(Chunk.self) }
    }
}
