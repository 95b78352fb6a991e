/// A chunk of a streamed answer, or a whole answer that was not streamed. Nothing in it is certain
/// to be there.
struct ChatChunk {
    let id: String?
    let model: String?
    let provider: String?
    let choices: [Choice]
    let usage: TokenUsage?
    let error: WireError?

    /// - Returns: `nil` unless it is an object.
    init?(_ json: JSON) {
        guard json.isObject else { return nil }
        id = json["id"].text
        model = json["model"].text
        provider = json["provider"].text
        choices = json["choices"].elements.compactMap { Choice($0) }
        usage = TokenUsage(json["usage"])
        error = WireError(body: json)
    }

    struct Choice {
        let index: Int
        let content: Content?
        let finishReason: String?
        let nativeFinishReason: String?
        let error: WireError?

        init?(_ json: JSON) {
            guard json.isObject else { return nil }
            index = json["index"].integer ?? 0
            content = Content(json["delta"]) ?? Content(json["message"])
            finishReason = json["finish_reason"].text
            nativeFinishReason = json["native_finish_reason"].text
            error = WireError(error: json["error"])
        }
    }

    /// A `delta` or a `message`.
    struct Content {
        let text: String
        let reasoning: String
        let toolCalls: [ToolCallFragment]
        let images: [String]

        init?(_ json: JSON) {
            guard json.isObject else { return nil }
            text = Self.text(json)
            reasoning = Self.reasoning(json)
            toolCalls = json["tool_calls"].elements.compactMap { ToolCallFragment($0) }
            images = json["images"].elements.compactMap(Self.image)
        }

        /// A string, or an array of parts. A refusal is text as well: the person should read it.
        private static func text(_ json: JSON) -> String {
            json["content"].text ?? json["refusal"].text
                ?? json["content"].elements.compactMap { $0["text"].text }.joined()
        }

        /// Servers name it differently, and OpenRouter sends it twice, as text and in detail.
        private static func reasoning(_ json: JSON) -> String {
            json["reasoning"].text ?? json["reasoning_content"].text
                ?? json["reasoning_details"].elements
                .compactMap { $0["text"].text ?? $0["summary"].text }.joined()
        }

        /// `{"image_url":{"url":…}}`, or with the link itself in place of the object.
        private static func image(_ json: JSON) -> String? {
            json["image_url"]["url"].text ?? json["image_url"].text
        }
    }
}
