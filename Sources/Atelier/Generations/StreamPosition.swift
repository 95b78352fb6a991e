/// A place in the event stream of a generation; what stands in an event's `id`.
///
/// It counts content, not events: how many bytes of reasoning and of text came before, and how many
/// other events. So a position means the same in the live file, where text came in many pieces, and
/// in the database, where it is one; a client resumes without a gap and without a duplicate.
struct StreamPosition: Equatable, Sendable, LosslessStringConvertible {
    /// How many times it was opened; larger numbers stand for `usage` and the last event.
    var events = 0
    var reasoningBytes = 0
    var textBytes = 0

    static let start = StreamPosition()
    /// Counts that no number of openings reaches.
    private static let usage = 1 << 20
    private static let end = 1 << 21

    /// What a revision counts as, so that a position behind one shows it: its counts of content are
    /// those of the live file, and not of what was stored.
    private static let revision = 1_000

    var isRevised: Bool { events % Self.usage >= Self.revision }

    init() {}

    init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 3, numbers.count == 3, numbers.allSatisfy({ $0 >= 0 }) else {
            return nil
        }
        (events, reasoningBytes, textBytes) = (numbers[0], numbers[1], numbers[2])
    }

    var description: String { "\(events).\(reasoningBytes).\(textBytes)" }

    /// Moves past an event.
    mutating func pass(_ event: StreamEvent) {
        switch event.kind {
        // The words begin anew with it.
        case .generation: (events, reasoningBytes, textBytes) = (events + 1, 0, 0)
        case .reasoning: reasoningBytes += event.payload.count
        case .delta: textBytes += event.payload.count
        // Their places are the same however often the words began anew.
        case .usage: events = Self.usage + (isRevised ? Self.revision : 0)
        case .done, .error: events = Self.end
        case .revised: events += Self.revision
        case .account, .upstreamID: break
        }
    }
}
