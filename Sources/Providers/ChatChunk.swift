import JSON

/// A chunk of a streamed answer, or a whole answer that was not streamed. Nothing in it is certain
/// to be there.
struct ChatChunk {
    let id: String?
    let model: String?
    let provider: String?
    let choices: [Choice]
    let usage: TokenUsage?
    let error: WireError?

    /// The longest reason to finish, in bytes.
    private static let longestWord = 64

    /// - Returns: `nil` unless it is an object.
    init?(_ json: JSONValue) {
        guard json.isObject else { return nil }
        id = json["id"].text(limitBytes: ModelInfo.longestID)
        model = json["model"].text(limitBytes: ModelInfo.longestID)
        provider = json["provider"].text(limitBytes: ModelInfo.longestID)
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

        init?(_ json: JSONValue) {
            guard json.isObject else { return nil }
            index = json["index"].integer ?? 0
            content = Content(json["delta"]) ?? Content(json["message"])
            finishReason = json["finish_reason"].text(limitBytes: ChatChunk.longestWord)
            nativeFinishReason = json["native_finish_reason"].text(
                limitBytes: ChatChunk.longestWord)
            error = WireError(error: json["error"])
        }
    }

    /// A `delta` or a `message`.
    struct Content {
        /// Pieces of text, in their order; each may begin and end within a character.
        let text: [JSONValue]
        let reasoning: [JSONValue]
        let toolCalls: [ToolCallFragment]
        let images: [String]

        init?(_ json: JSONValue) {
            guard json.isObject else { return nil }
            let parts = json["content"].elements
            text = Self.text(json, parts)
            reasoning = Self.reasoning(json, parts)
            let calls = json["tool_calls"].elements.compactMap { ToolCallFragment($0) }
            toolCalls =
                calls + [ToolCallFragment(function: json["function_call"])].compactMap(\.self)
            images = (json["images"].elements + parts).compactMap(Self.image)
        }

        /// A string, or an array of parts. A refusal is text as well: the person should read it.
        private static func text(_ json: JSONValue, _ parts: [JSONValue]) -> [JSONValue] {
            [json["content"], json["refusal"]].first(where: \.isText).map { [$0] }
                ?? parts.map { $0.isText ? $0 : $0["text"] }.filter(\.isText)
        }

        /// Servers name it differently, and OpenRouter sends it twice, as text and in detail. Mistral's
        /// own are parts of the content.
        private static func reasoning(_ json: JSONValue, _ parts: [JSONValue]) -> [JSONValue] {
            let names = ["reasoning", "reasoning_content", "thinking", "reasoning_text"]
            if let whole = names.lazy.map({ json[$0] }).first(where: \.isText) { return [whole] }
            let details = json["reasoning_details"].elements.map {
                $0["text"].isText ? $0["text"] : $0["summary"]
            }
            let thoughts = parts.flatMap { part in
                [part["thinking"]] + part["thinking"].elements.map { $0["text"] }
            }
            return (details + thoughts).filter(\.isText)
        }

        /// `{"image_url":{"url":…}}`, or with the link itself in place of the object.
        private static func image(_ json: JSONValue) -> String? {
            json["image_url"]["url"].text ?? json["image_url"].text
        }
    }
}
