import HTTPTypes
import Testing

@testable import DemoProvider

@Suite struct RequestTests {
    let demo = Fixture()

    @Test(arguments: [
        ("{", 400), ("[]", 400), (#"{"model":"demo/echo"}"#, 400),
        (#"{"model":"demo/echo","messages":[]}"#, 400),
        (#"{"model":"demo/echo","messages":"hello"}"#, 400),
        (#"{"model":"demo/none","messages":[{"role":"user","content":"x"}]}"#, 400),
        (#"{"model":"sim/err-200","messages":[{"role":"user","content":"x"}]}"#, 400),
        (#"{"model":"sim/usage-a-1","messages":[{"role":"user","content":"x"}]}"#, 400),
    ])
    func aRequestThatIsWrongGetsAnErrorOfOpenRoutersShape(body: String, status: Int) throws {
        let reply = try demo.post(body)
        #expect(reply.status == status)
        #expect(reply.headers[.contentType] == "application/json")
        #expect(reply.headers[.generationID] == nil)
        #expect(reply.text.hasPrefix(#"{"error":{"message":"#))
        #expect(reply.text.contains(#""code":\#(status)"#))
    }

    @Test func anUnknownModelIsNamed() throws {
        #expect(try demo.chat("x/y").text.contains(#""message":"x/y is not a valid model ID""#))
    }

    @Test func partsOfAMessageAreReadAsItsText() throws {
        let reply = try demo.post(
            #"{"model":"demo/echo","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"one"},{"type":"image_url","image_url":{"url":"data:,"}},{"type":"text","text":"two"}]},{"role":"assistant","content":null}]}"#
        )
        #expect(try reply.answer() == "one\ntwo")
    }

    @Test func theModelMayBeLeftOutOrNamedWithItsDate() throws {
        let messages = #""stream":true,"messages":[{"role":"user","content":"x"}]"#
        #expect(try demo.post("{\(messages)}").answer() == Showcase.text)
        #expect(try demo.chat("demo/echo-20260801", "x").answer() == "x")
    }

    @Test func aPromptBeyondTheContextIsRefused() throws {
        let reply = try demo.chat("demo/echo", String(repeating: "word ", count: 110_000))
        #expect(reply.status == 400)
        #expect(reply.text.contains("maximum context length is 131072 tokens"))
        #expect(reply.text.contains(#""error_type":"context_length_exceeded""#))
    }
}
