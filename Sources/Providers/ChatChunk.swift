/// A chunk of a streamed answer, or a whole answer that was not streamed. Nothing in it is certain
/// to be there.
struct ChatChunk: Decodable {
    let id: String?
    let model: String?
    let provider: String?
    let choices: [Choice]
    let usage: TokenUsage?
    let error: WireError?

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: AnyKey.self)
        id = object.text("id")
        model = object.text("model")
        provider = object.text("provider")
        choices = object.array("choices")
        usage = object.object("usage").map { TokenUsage($0) }
        error = WireError(body: object)
    }

    struct Choice: Decodable {
        let index: Int
        let content: Content?
        let finishReason: String?
        let nativeFinishReason: String?
        let error: WireError?

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: AnyKey.self)
            index = object.integer("index") ?? 0
            content = object.read("delta") ?? object.read("message")
            finishReason = object.text("finish_reason")
            nativeFinishReason = object.text("native_finish_reason")
            error = object.read("error")
        }
    }

    /// A `delta` or a `message`.
    struct Content: Decodable {
        let text: String
        let reasoning: String
        let toolCalls: [ToolCallFragment]
        let images: [String]

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: AnyKey.self)
            text = Self.text(object)
            reasoning = Self.reasoning(object)
            toolCalls = object.array("tool_calls")
            images = object.array("images", of: ImagePart.self).map(\.url)
        }

        /// A string, or an array of parts. A refusal is text as well: the person should read it.
        private static func text(_ object: LenientObject) -> String {
            if let text = object.text("content") { return text }
            if let refusal = object.text("refusal") { return refusal }
            return object.array("content", of: TextPart.self).map(\.text).joined()
        }

        /// Servers name it differently, and OpenRouter sends it twice, as text and in detail.
        private static func reasoning(_ object: LenientObject) -> String {
            object.text("reasoning") ?? object.text("reasoning_content")
                ?? object.array("reasoning_details", of: TextPart.self).map(\.text).joined()
        }
    }

    private struct TextPart: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: AnyKey.self)
            text = object.text("text") ?? object.text("summary") ?? ""
        }
    }

    /// `{"image_url":{"url":…}}`, or with the link itself in place of the object.
    private struct ImagePart: Decodable {
        let url: String

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: AnyKey.self)
            url = object.object("image_url")?.text("url") ?? object.text("image_url") ?? ""
        }
    }
}
