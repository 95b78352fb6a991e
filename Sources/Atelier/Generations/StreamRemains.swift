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

    init(_ all: [StreamEvent]) {
        // The words begin anew with each opening.
        let events = all[(all.lastIndex { $0.kind == .generation } ?? 0)...]
        text = Self.words(.delta, in: events)
        let thoughts = Self.words(.reasoning, in: events)
        reasoning = thoughts.isEmpty ? nil : thoughts
        // Each call is led by its account.
        let call = events.lastIndex { $0.kind == .account }.map { events[$0...] } ?? []
        account = call.first.flatMap { try? JSON.decode(CallAccount.self, from: $0.payload) }
        made = Self.words(.delta, in: call)
        upstreamID = call.last { $0.kind == .upstreamID }.map {
            String(decoding: $0.payload, as: UTF8.self)
        }
    }

    private static func words(
        _ kind: StreamEvent.Kind, in events: ArraySlice<StreamEvent>
    ) -> String {
        String(decoding: events.filter { $0.kind == kind }.flatMap(\.payload), as: UTF8.self)
    }

    /// What the call used and how that is booked, judged by what came of it.
    var booking: CallAccount.Booking {
        guard let account else { return (Generation.Usage(), .release) }
        return account.booking(
            text: made, reasoning: reasoning ?? "", upstreamID: upstreamID,
            cameToNothing: upstreamID == nil && made.isEmpty && reasoning == nil)
    }
}
