import Web

/// What a stream holds that its runner could not store.
struct StreamRemains {
    let text: String
    let reasoning: String?
    /// The provider's own id of the last call, if it has told.
    let upstreamID: String?
    /// Of the last call; `nil` when none was made, or it cannot be read.
    let account: CallAccount?
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
                guard let revision = StreamEvent.Revision(event.payload) else { continue }
                text = Array(revision.text.utf8)
                reasoning = Array(revision.reasoning.utf8)
            default: break
            }
        }
        return (String(decoding: text, as: UTF8.self), String(decoding: reasoning, as: UTF8.self))
    }

    /// What a call that was open used and cost, judged by what came of it.
    func booking(of call: Call) -> Booking {
        // What stands in the stream belongs to a call before it: this one was not made yet.
        if let id = account?.call, id != call.id { return Self.nothing }
        return booking(by: account ?? call.account)
    }

    /// The same by what the stream alone tells.
    var booking: Booking { account.map(booking(by:)) ?? Self.nothing }

    private static let nothing = Booking(closing: .release, outcome: Booking.interrupted)

    private func booking(by account: CallAccount) -> Booking {
        account.booking(
            text: made, reasoning: reasoning ?? "", upstreamID: upstreamID,
            cameToNothing: upstreamID == nil && made.isEmpty && reasoning == nil)
    }
}
