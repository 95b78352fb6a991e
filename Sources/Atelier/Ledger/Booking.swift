import Providers
import SQL

/// What a call used and cost, and how far that is certain.
struct Booking: Sendable, Equatable {
    enum Closing: Sendable {
        /// The provider refused it, or never had it.
        case release
        /// What it cost is known, or estimated for good.
        case settle
        /// The provider will tell later, asked by its own id of the call.
        case inquire
    }

    var closing: Closing
    /// As the provider counts, else estimated; with the cost as reported.
    var usage = TokenUsage()
    /// Pictures, or seconds of video.
    var mediaUnits: Int?
    /// By the price list, in nano-USD.
    var listedNanoUSD: Int?
    /// What is booked: as reported, else as listed, in nano-USD; `nil` where neither is known.
    var costNanoUSD: Int?
    /// The provider's own id of the call.
    var upstreamID: String?
    /// The model that answered, as the provider calls it.
    var answeredModel: String?
    /// How it ended, for the books: a ``ChatOutcome/State`` or the code of a failure.
    var outcome: String
    var firstTokenMs: Int?
    var finishedMs = UnixTime.milliseconds

    var reportedNanoUSD: Int? { usage.costNano.map { Int($0) } }
    /// Whether what is booked is no word of the provider's.
    var isEstimated: Bool { costNanoUSD != nil && usage.costNano == nil }

    /// How a call ended of which there is nobody left to tell.
    static let interrupted = "interrupted"
}
