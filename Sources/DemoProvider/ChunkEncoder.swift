/// Encodes the chunks of one streamed answer.
struct ChunkEncoder {
    /// What every chunk begins with; the brace stays open.
    private let head: JSONLiteral

    init(_ generation: GenerationHead) {
        head = #"""
            {"id":\#(generation.id),"object":"chat.completion.chunk","created":\#(generation.created),\#
            "model":\#(generation.model),"provider":\#(GenerationHead.provider)
            """#
    }

    func chunk(_ delta: Delta) -> JSONLiteral {
        choice(delta: Self.json(delta), finish: nil)
    }

    func finish(_ reason: FinishReason) -> JSONLiteral {
        choice(delta: Self.emptyDelta, finish: reason)
    }

    func usage(_ usage: DemoUsage, as shape: UsageShape, finish: FinishReason) -> JSONLiteral {
        switch shape {
        case .emptyDelta:
            choice(delta: Self.emptyDelta, finish: nil, more: #","usage":\#(usage.json)"#)
        case .repeatedFinish:
            choice(
                delta: Self.emptyDelta, finish: finish,
                more: #","service_tier":null,"usage":\#(usage.json)"#)
        case .emptyChoices: #"\#(head),"choices":[],"usage":\#(usage.json)}"#
        }
    }

    func fault(_ fault: StreamFault) -> JSONLiteral {
        let error = fault.error
        return switch fault {
        case .documented, .stringCode:
            #"\#(head),"error":\#(error),"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#
        case .emptyChoices: #"\#(head),"error":\#(error),"choices":[]}"#
        case .silent: finish(.error)
        }
    }

    private static let emptyDelta: JSONLiteral = #"{"content":"","role":"assistant"}"#

    private func choice(
        delta: JSONLiteral, finish: FinishReason?, more: JSONLiteral = ""
    ) -> JSONLiteral {
        #"""
        \#(head),"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish?.rawValue),\#
        "native_finish_reason":\#(finish?.native)}]\#(more)}
        """#
    }

    private static func json(_ delta: Delta) -> JSONLiteral {
        switch delta {
        case .content(let text): #"{"content":\#(text),"role":"assistant"}"#
        case .reasoning(let text):
            #"""
            {"content":"","role":"assistant","reasoning":\#(text),\#
            "reasoning_details":[{"type":"reasoning.text","text":\#(text),"format":"unknown","index":0}]}
            """#
        case .signature:
            #"""
            {"content":"","role":"assistant",\#
            "reasoning_details":[{"type":"reasoning.text","signature":"ZGVtbw==","format":"unknown","index":0}]}
            """#
        case .toolCall(let call):
            #"{"content":null,"role":"assistant","tool_calls":[\#(json(call))]}"#
        case .image(let url):
            #"{"content":"","role":"assistant","images":[\#(ImagePart.json(url))]}"#
        }
    }

    private static func json(_ call: DemoToolCall) -> JSONLiteral {
        guard let id = call.id else {
            return #"{"index":0,"function":{"arguments":\#(call.arguments)}}"#
        }
        return #"""
            {"index":0,"id":\#(id),"type":"function",\#
            "function":{"name":\#(call.name),"arguments":\#(call.arguments)}}
            """#
    }
}

/// A picture of an answer.
enum ImagePart {
    static func json(_ url: String) -> JSONLiteral {
        #"{"type":"image_url","image_url":{"url":\#(url)},"index":0}"#
    }
}

extension StreamFault {
    /// The `error` object.
    var error: JSONLiteral {
        let code: JSONLiteral = if case .stringCode = self { #""server_error""# } else { "502" }
        return #"""
            {"code":\#(code),"message":"Provider disconnected",\#
            "metadata":{"error_type":"provider_unavailable"}}
            """#
    }
}
