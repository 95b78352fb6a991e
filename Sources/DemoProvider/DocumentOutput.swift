import Web

/// Gathers an answer and writes it as one JSON document.
///
/// While it waits it sends white space, which JSON allows in front. An answer that never finishes
/// is cut in the middle.
final class DocumentOutput: Output {
    let patience = Duration.milliseconds(400)
    let gathers = true
    private let writer: any ResponseWriter
    private let generation: GenerationHead
    private var content = ""
    private var reasoning = ""
    private var toolCalls: [(id: String, name: String, arguments: String)] = []
    private var images: [String] = []
    private var finishReason: FinishReason?
    private var usage: DemoUsage?
    private var fault: StreamFault?

    init(_ writer: any ResponseWriter, _ generation: GenerationHead) {
        self.writer = writer
        self.generation = generation
    }

    func keepAlive() throws(ClientGone) {
        try writer.write([UInt8]("\n         \n".utf8))
        try writer.flush()
    }

    func send(_ delta: Delta) {
        switch delta {
        case .content(let text): content += text
        case .reasoning(let text): reasoning += text
        case .signature: break
        case .toolCall(let fragment): add(fragment)
        case .image(let url): images.append(url)
        }
    }

    func finish(_ reason: FinishReason) { finishReason = reason }

    func report(_ usage: DemoUsage, as shape: UsageShape) { self.usage = usage }

    func fail(_ fault: StreamFault) {
        self.fault = fault
        finishReason = .error
    }

    func done() {}

    func close() throws(ClientGone) {
        let bytes = document.bytes
        try writer.write(finishReason == nil ? [UInt8](bytes.prefix(bytes.count / 2)) : bytes)
        try writer.flush()
    }

    private func add(_ fragment: DemoToolCall) {
        if let id = fragment.id, let name = fragment.name {
            toolCalls.append((id, name, fragment.arguments))
        } else if let last = toolCalls.indices.last {
            toolCalls[last].arguments += fragment.arguments
        }
    }

    private var document: JSONLiteral {
        #"""
        {"id":\#(generation.id),"object":"chat.completion","created":\#(generation.created),\#
        "model":\#(generation.model),"provider":\#(GenerationHead.provider),\#
        "system_fingerprint":null,"service_tier":null,\#
        "choices":[{"index":0,"logprobs":null,"finish_reason":\#(finishReason?.rawValue),\#
        "native_finish_reason":\#(finishReason?.native),\#(error)"message":\#(message)}]\#(usageMember)}
        """#
    }

    private var message: JSONLiteral {
        let text = content.isEmpty && !toolCalls.isEmpty ? nil : content
        return #"""
            {"role":"assistant","content":\#(text),"refusal":null,\#
            "reasoning":\#(reasoning.isEmpty ? nil : reasoning)\#(details)\#(calls)\#(pictures)}
            """#
    }

    private var details: JSONLiteral {
        guard !reasoning.isEmpty else { return "" }
        return #"""
            ,"reasoning_details":[{"type":"reasoning.text","text":\#(reasoning),\#
            "signature":"ZGVtbw==","format":"unknown","index":0}]
            """#
    }

    private var calls: JSONLiteral {
        guard !toolCalls.isEmpty else { return "" }
        let calls = toolCalls.enumerated().map { index, call -> JSONLiteral in
            #"""
            {"type":"function","index":\#(index),"id":\#(call.id),\#
            "function":{"name":\#(call.name),"arguments":\#(call.arguments)}}
            """#
        }
        return #","tool_calls":\#(calls)"#
    }

    private var pictures: JSONLiteral {
        images.isEmpty ? "" : #","images":\#(images.map(ImagePart.json))"#
    }

    private var error: JSONLiteral {
        switch fault {
        case nil, .silent: ""
        case let fault?: #""error":\#(fault.error),"#
        }
    }

    private var usageMember: JSONLiteral {
        guard let usage else { return "" }
        return #","usage":\#(usage.json)"#
    }
}
