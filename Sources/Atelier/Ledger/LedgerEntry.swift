import SQL

/// What one generation costs: reserved before the provider is called, settled or released after.
struct LedgerEntry: Sendable {
    enum State: String, SQLConvertible, Sendable {
        /// The call runs, or its cost is still being asked for.
        case reserved
        /// The cost is booked.
        case settled
        /// Nothing was charged.
        case released
    }

    /// How the cost of a call is booked when it has ended.
    enum Closing: Sendable, Equatable {
        /// The provider refused it, or never had it.
        case release
        /// What it cost is known, or estimated for good.
        case settle
        /// The provider will tell later, asked by its own ids of the calls.
        case inquire(OpenCalls)
    }

    let generationID: String
    let model: String
    let provider: String
    /// The most it is expected to cost, in nano-USD.
    let reservedNanoUSD: Int
    let createdMs: Int
}

/// An entry with calls whose cost has to be asked for.
struct CostInquiry: Sendable {
    let generationID: String
    let model: String
    let provider: String
    /// What is still to be asked for.
    private(set) var open: OpenCalls
    /// Whether what is stored of that tells what to ask for; if not, the estimate stands.
    let isReadable: Bool
    /// How often it was asked for in vain.
    let attempts: Int
    /// What is booked so far; an estimate stands for each open call.
    private(set) var usage: Generation.Usage

    init(
        generationID: String, model: String, provider: String, open: OpenCalls?, attempts: Int,
        usage: Generation.Usage
    ) {
        self.generationID = generationID
        self.model = model
        self.provider = provider
        self.open = open ?? OpenCalls(calls: [], restIsEstimated: true)
        isReadable = open != nil
        self.attempts = attempts
        self.usage = usage
        self.usage.costIsEstimated = true
    }

    /// Puts what the provider has told in the place of the estimate, beside all else that was spent.
    mutating func note(_ told: Generation.Usage, of call: OpenCall) {
        open.calls.removeAll { $0 == call }
        let cost = (usage.costNanoUSD ?? 0) - call.estimatedNanoUSD + (told.costNanoUSD ?? 0)
        if call.isAnswer {
            let listed = usage.listedNanoUSD
            usage = told
            usage.listedNanoUSD = listed
        }
        usage.costNanoUSD = cost
        usage.costIsEstimated = open.restIsEstimated || !open.calls.isEmpty
    }

    /// How long after each attempt the next one comes; the record of a call appears some seconds after
    /// its end. After the last one the estimate stands.
    private static let pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000]

    static let firstPauseMs = pausesMs[0]

    /// `nil` after the last attempt.
    var nextPauseMs: Int? {
        attempts + 1 < Self.pausesMs.count ? Self.pausesMs[attempts + 1] : nil
    }
}
