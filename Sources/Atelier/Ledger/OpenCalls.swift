/// A call that the provider has accepted, and of which it has not told the cost.
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

/// The calls of one ledger entry whose cost is still to be asked for; kept with the entry, as JSON.
struct OpenCalls: Codable, Equatable, Sendable {
    var calls: [OpenCall]
    /// Whether some of what is booked beside them is estimated too, for good.
    let restIsEstimated: Bool
}

/// What the attempts before a call have cost: those that broke before their first word, and models
/// whose place another one took.
struct EarlierCalls: Codable, Equatable, Sendable {
    /// What is known, or estimated for good, in nano-USD.
    var costNanoUSD = 0
    var isEstimated = false
    var open: [OpenCall] = []

    /// What is booked for all of them for now, in nano-USD.
    var bookedNanoUSD: Int { open.reduce(costNanoUSD) { $0 + $1.estimatedNanoUSD } }
}
