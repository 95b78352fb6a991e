import Web

/// What a stream holds that its runner could not store.
struct StreamRemains {
    let text: String
    let reasoning: String?
    /// The provider's own id of the last call, if it has told.
    let upstreamID: String?
    private let account: CallAccount?
    /// Of the text, what the last call has made: a continued answer begins with an earlier one's.
    private let made: String

    init(_ events: [StreamEvent]) {
        let words = Self.words(in: events[...])
        text = words.text
        reasoning = words.reasoning.isEmpty ? nil : words.reasoning
        // Each call is led by its account.
        let start = events.lastIndex { $0.kind == .account } ?? events.endIndex
        let call = events[start...]
        account = call.first.flatMap { try? JSON.decode(CallAccount.self, from: $0.payload) }
        // A revision puts all words together, also those from before the call.
        let before = Self.words(in: events[..<start]).text
        made = text.hasPrefix(before) ? String(text.dropFirst(before.count)) : text
        upstreamID = call.last { $0.kind == .upstreamID }.map {
            String(decoding: $0.payload, as: UTF8.self)
        }
    }

    private static func words(
        in events: ArraySlice<StreamEvent>
    ) -> (text: String, reasoning: String) {
        var text: [UInt8] = []
        var reasoning: [UInt8] = []
        for event in events {
            switch event.kind {
            case .delta: text += event.payload
            case .reasoning: reasoning += event.payload
            case .revised:
                guard
                    let revision = try? JSON.decode(
                        StreamEvent.Revision.self, from: event.payload)
                else { continue }
                text = Array(revision.text.utf8)
                reasoning = Array(revision.reasoning.utf8)
            default: break
            }
        }
        return (String(decoding: text, as: UTF8.self), String(decoding: reasoning, as: UTF8.self))
    }

    /// What the call used and how that is booked, judged by what came of it.
    var booking: CallAccount.Booking {
        guard let account else { return (Generation.Usage(), .release) }
        return account.booking(
            text: made, reasoning: reasoning ?? "", upstreamID: upstreamID,
            cameToNothing: upstreamID == nil && made.isEmpty && reasoning == nil)
    }
}
