import JSON
import Web

/// One event of a generation's stream.
struct StreamEvent: Equatable, Sendable {
    /// The numbers stand in files that workers of another version read: one is never given another
    /// meaning, and never 0.
    enum Kind: UInt8, Sendable {
        case generation = 1
        case reasoning = 2
        case delta = 3
        case usage = 4
        case done = 5
        case error = 6
        /// For whoever has to end the generation in its runner's place; no viewer sees these.
        case account = 7
        case upstreamID = 8
        /// What was shown as text was thoughts, or the other way round: this replaces all of it.
        case revised = 9

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
            case .revised: "revised"
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
    var payload: [UInt8]

    /// What stands behind `data:`.
    var data: [UInt8] {
        guard kind.isContent else { return payload }
        return JSONWriter.object { $0.member("text") { $0.append(utf8: payload) } }
    }
}

extension StreamEvent {
    static func opening(_ generation: Generation) -> StreamEvent {
        let payload = JSONWriter.object {
            $0.member("generation_id", generation.id)
            $0.member("message_id", generation.messageID)
            $0.member("user_message_id", generation.userMessageID)
            $0.member("conversation_id", generation.conversationID)
            $0.member("model", generation.model)
            $0.member("model_name", generation.modelName)
        }
        return StreamEvent(kind: .generation, payload: payload)
    }

    static func delta(_ text: String) -> StreamEvent {
        StreamEvent(kind: .delta, payload: [UInt8](text.utf8))
    }

    /// A text of any length as pieces that each fit into one.
    static func deltas(_ text: String) -> [StreamEvent] {
        let bytes = [UInt8](text.utf8)
        var events: [StreamEvent] = []
        var start = 0
        while start < bytes.count {
            let piece = wholeCharacters(bytes[start...].prefix(pieceBytes))
            events.append(StreamEvent(kind: .delta, payload: Array(piece)))
            start = piece.endIndex
        }
        return events
    }

    /// How much content an event holds at most that is made from stored text.
    static let pieceBytes = 256 * 1024

    /// The bytes up to the last whole character of UTF-8; all of them where there is none.
    static func wholeCharacters(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // The first byte of the last character is at most four from the end.
        guard let first = bytes.indices.suffix(4).last(where: { bytes[$0] & 0xc0 != 0x80 }) else {
            return bytes
        }
        let length =
            switch bytes[first] {
            case 0xf0...: 4
            case 0xe0...: 3
            case 0xc0...: 2
            default: 1
            }
        let isWhole = bytes.endIndex - first >= length
        return isWhole || first == bytes.startIndex ? bytes : bytes[..<first]
    }

    /// All words so far, in the place of those that were shown.
    struct Revision {
        let text: String
        let reasoning: String

        /// `nil` for what is no payload of a ``Kind/revised`` event.
        init?(_ payload: [UInt8]) {
            guard let json = JSONValue(payload), json.isObject else { return nil }
            text = json["text"].text ?? ""
            reasoning = json["reasoning"].text ?? ""
        }
    }

    static func revised(text: String, reasoning: String) -> StreamEvent {
        let payload = JSONWriter.object {
            $0.member("text", text)
            $0.member("reasoning", reasoning)
        }
        return StreamEvent(kind: .revised, payload: payload)
    }

    static func account(_ account: CallAccount) -> StreamEvent {
        StreamEvent(kind: .account, payload: JSON.encode(account))
    }

    static func upstreamID(_ id: String) -> StreamEvent {
        StreamEvent(kind: .upstreamID, payload: [UInt8](id.utf8))
    }

    static func usage(_ usage: Spending) -> StreamEvent {
        StreamEvent(kind: .usage, payload: JSONWriter.bytes(of: usage))
    }

    /// The last event of a generation that has ended; of one that failed with the problem, too.
    static func closing(_ generation: Generation) -> StreamEvent {
        let isFailed = generation.state == .failed
        let payload = JSONWriter.object {
            generation.writeMembers(to: &$0)
            if isFailed { generation.problem?.document(requestID: nil).writeMembers(to: &$0) }
        }
        return StreamEvent(kind: isFailed ? .error : .done, payload: payload)
    }
}
