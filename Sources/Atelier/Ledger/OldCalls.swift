/// A call of a version before that the provider has accepted, and of which it has not told the cost.
struct OpenCall: Codable, Equatable, Sendable {
    /// `nil`: that of the ledger's entry.
    var provider: String?
    /// The provider's own id of the call.
    let upstreamID: String
    /// What is booked for it until the provider tells, in nano-USD.
    let estimatedNanoUSD: Int
    /// Whether the answer came with it; an attempt before it came to nothing.
    let isAnswer: Bool
}

/// The calls of one entry of a version before whose cost is still to be asked for, as JSON in it.
struct OpenCalls: Codable, Equatable, Sendable {
    var calls: [OpenCall]
    /// Whether some of what is booked beside them is estimated too, for good.
    let restIsEstimated: Bool
}

/// What the attempts before a call have cost, in the live stream of a version before.
struct EarlierCalls: Codable, Equatable, Sendable {
    /// What is known, or estimated for good, in nano-USD.
    var costNanoUSD = 0
    var isEstimated = false
    var open: [OpenCall] = []
}
