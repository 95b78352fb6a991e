import Web

/// What a stream holds that its runner could not store.
struct StreamRemains {
    private(set) var text = ""
    private(set) var reasoning: String?
    private(set) var account: CallAccount?
    private(set) var upstreamID: String?

    init(_ events: [StreamEvent]) {
        let bytes = { (kind: StreamEvent.Kind) in
            events.filter { $0.kind == kind }.flatMap(\.payload)
        }
        text = String(decoding: bytes(.delta), as: UTF8.self)
        let thoughts = bytes(.reasoning)
        reasoning = thoughts.isEmpty ? nil : String(decoding: thoughts, as: UTF8.self)
        account = events.last { $0.kind == .account }.flatMap {
            try? JSON.decode(CallAccount.self, from: $0.payload)
        }
        upstreamID = events.last { $0.kind == .upstreamID }.map {
            String(decoding: $0.payload, as: UTF8.self)
        }
    }

    /// What the call used and how that is booked, judged by what came of it.
    var booking: (usage: Generation.Usage, closing: LedgerEntry.Closing) {
        guard let account else { return (Generation.Usage(), .release) }
        let usage = account.usage(reported: nil, text: text, reasoning: reasoning ?? "")
        let closing = account.closing(
            usage, upstreamID: upstreamID,
            cameToNothing: upstreamID == nil && text.isEmpty && reasoning == nil)
        return (closing == .release ? Generation.Usage() : usage, closing)
    }
}
