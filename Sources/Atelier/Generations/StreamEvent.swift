import Web

/// One event of a generation's stream.
struct StreamEvent: Equatable, Sendable {
    enum Kind: UInt8, Sendable {
        case generation = 1
        case reasoning, delta, usage, done, error
        /// For whoever has to end the generation in its runner's place; no viewer sees these.
        case account, upstreamID

        /// The event's name on the wire.
        var name: String {
            switch self {
            case .generation: "generation"
            case .reasoning: "reasoning"
            case .delta: "delta"
            case .usage: "usage"
            case .done: "done"
            case .error: "error"
            case .account: "account"
            case .upstreamID: "upstream_id"
            }
        }

        /// Content may be cut and joined at any character; other events are whole.
        var isContent: Bool { self == .reasoning || self == .delta }
        /// Kept from viewers.
        var isInternal: Bool { self == .account || self == .upstreamID }
        /// Nothing comes after it.
        var isLast: Bool { self == .done || self == .error }
    }

    let kind: Kind
    /// UTF-8 text for content and for the provider's id of the call; one JSON document for the others.
    let payload: [UInt8]

    /// What stands behind `data:`.
    var data: [UInt8] {
        kind.isContent
            ? Array(#"{"text":"#.utf8) + JSON.quoted(payload) + [UInt8(ascii: "}")] : payload
    }
}

extension StreamEvent {
    private struct Opening: Encodable {
        let generation: Generation

        enum CodingKeys: String, CodingKey {
            case model
            case generationID = "generation_id"
            case messageID = "message_id"
            case userMessageID = "user_message_id"
            case conversationID = "conversation_id"
            case modelName = "model_name"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(generation.id, forKey: .generationID)
            try container.encode(generation.messageID, forKey: .messageID)
            try container.encode(generation.userMessageID, forKey: .userMessageID)
            try container.encode(generation.conversationID, forKey: .conversationID)
            try container.encode(generation.model, forKey: .model)
            try container.encode(generation.modelName, forKey: .modelName)
        }
    }

    /// The last event of a failed generation: the problem, and the generation as it was stored.
    private struct Failure: Encodable {
        let generation: Generation

        func encode(to encoder: any Encoder) throws {
            try generation.encode(to: encoder)
            try generation.problem?.document(requestID: nil).encode(to: encoder)
        }
    }

    static func opening(_ generation: Generation) -> StreamEvent {
        StreamEvent(kind: .generation, payload: JSON.encode(Opening(generation: generation)))
    }

    static func delta(_ text: String) -> StreamEvent {
        StreamEvent(kind: .delta, payload: [UInt8](text.utf8))
    }

    static func account(_ account: CallAccount) -> StreamEvent {
        StreamEvent(kind: .account, payload: JSON.encode(account))
    }

    static func upstreamID(_ id: String) -> StreamEvent {
        StreamEvent(kind: .upstreamID, payload: [UInt8](id.utf8))
    }

    static func usage(_ usage: Generation.Usage) -> StreamEvent {
        StreamEvent(kind: .usage, payload: JSON.encode(usage))
    }

    /// The last event of a generation that has ended.
    static func closing(_ generation: Generation) -> StreamEvent {
        generation.state == .failed
            ? StreamEvent(kind: .error, payload: JSON.encode(Failure(generation: generation)))
            : StreamEvent(kind: .done, payload: JSON.encode(generation))
    }

    /// All events of a generation that has ended, as a stream of few pieces.
    static func replay(_ generation: Generation, text: String, reasoning: String?) -> [StreamEvent]
    {
        var events = [opening(generation)]
        if let reasoning {
            events.append(StreamEvent(kind: .reasoning, payload: [UInt8](reasoning.utf8)))
        }
        if !text.isEmpty { events.append(.delta(text)) }
        events.append(usage(generation.usage))
        events.append(closing(generation))
        return events
    }
}
