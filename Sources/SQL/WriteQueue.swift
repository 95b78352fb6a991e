import Synchronization

/// Those who wait to write to a database: for the process's one writer, and for the gate.
///
/// May be shared by several databases.
public final class WriteQueue: Sendable {
    private let waiting = Atomic(0)
    private let onTurn: @Sendable (Duration) -> Void

    /// - Parameter onTurn: Called for each write, when its turn has come or will not, with how long
    ///   it has waited.
    public init(onTurn: @escaping @Sendable (Duration) -> Void = { _ in }) {
        self.onTurn = onTurn
    }

    /// Whether somebody waits right now.
    public var isWaitedIn: Bool { waiting.load(ordering: .relaxed) > 0 }

    func enter() -> ContinuousClock.Instant {
        waiting.add(1, ordering: .relaxed)
        return .now
    }

    func leave(since: ContinuousClock.Instant) {
        waiting.subtract(1, ordering: .relaxed)
        onTurn(.now - since)
    }
}
