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
        /// The provider will tell later, asked by its own id of the call.
        case inquire
    }

    let generationID: String
    let model: String
    let provider: String
    /// The most it is expected to cost, in nano-USD.
    let reservedNanoUSD: Int
    let createdMs: Int
}

/// A call whose cost has to be asked for.
struct CostInquiry: Sendable {
    let generationID: String
    let model: String
    let provider: String
    let upstreamID: String
    /// How often it was asked for in vain.
    let attempts: Int
    /// What is booked when the provider never tells.
    let estimate: Generation.Usage

    /// How long after each attempt the next one comes; the record of a call appears some seconds after
    /// its end. After the last one the estimate stands.
    private static let pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000]

    static let firstPauseMs = pausesMs[0]

    /// `nil` after the last attempt.
    var nextPauseMs: Int? {
        attempts + 1 < Self.pausesMs.count ? Self.pausesMs[attempts + 1] : nil
    }
}
