/// A place in the event stream of a generation; what stands in an event's `id`.
///
/// It counts content, not events: how many bytes of reasoning and of text came before, and how much of
/// what stands around them. So a position means the same in the live file, where text came in many
/// pieces, and in the database, where it is one; a client resumes without a gap and without a duplicate.
struct StreamPosition: Equatable, Sendable, LosslessStringConvertible {
    /// 1 behind `generation`, 2 behind `usage`, 3 behind the last event.
    private(set) var events = 0
    var reasoningBytes = 0
    var textBytes = 0
    /// How many revisions came before; then the bytes are those of the live file, and not of what was
    /// stored.
    private(set) var revisions = 0

    static let start = StreamPosition()

    init() {}

    /// - Parameter description: `events.reasoningBytes.textBytes`, and `.revisions` behind one.
    init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard 3...4 ~= parts.count, numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 })
        else { return nil }
        (events, reasoningBytes, textBytes) = (numbers[0], numbers[1], numbers[2])
        revisions = numbers.count == 4 ? numbers[3] : 0
    }

    var description: String {
        "\(events).\(reasoningBytes).\(textBytes)" + (revisions > 0 ? ".\(revisions)" : "")
    }

    /// Moves past an event.
    mutating func pass(_ event: StreamEvent) {
        switch event.kind {
        case .generation: events = 1
        case .reasoning: reasoningBytes += event.payload.count
        case .delta: textBytes += event.payload.count
        case .usage: events = 2
        // What was stored ends here too.
        case .done, .error: (events, revisions) = (3, 0)
        case .revised: revisions += 1
        case .account, .upstreamID: break
        }
    }
}
