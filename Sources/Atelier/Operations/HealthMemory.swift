import Threads

/// The last look at the service, for all who ask within a second: anybody may ask, and a look takes
/// the write gate and syncs the disk.
final class HealthMemory: Sendable {
    private struct State {
        var last: (report: HealthRoutes.Report, at: ContinuousClock.Instant)?
        var isLooking = false
        var waiting = 0
    }

    private static let lifetime = Duration.seconds(1)
    /// How long the last report will do while somebody looks again.
    private static let longLifetime = Duration.seconds(10)
    /// How long, and how many, wait for another's look where there is none.
    private static let patience = Duration.seconds(5)
    private static let waitingLimit = 64

    private let state = Monitor(State())

    private enum Turn {
        case known(HealthRoutes.Report)
        case look
        case tooMany
    }

    /// - Returns: `nil` when a look takes so long that waiting for it makes no sense.
    func report(_ look: () -> HealthRoutes.Report) -> HealthRoutes.Report? {
        var hasWaited = false
        let turn = state.wait(upTo: Self.patience) { state -> Turn? in
            let lifetime = state.isLooking ? Self.longLifetime : Self.lifetime
            if let last = state.last, .now - last.at < lifetime { return .known(last.report) }
            if !state.isLooking {
                state.isLooking = true
                return .look
            }
            guard !hasWaited else { return nil }
            guard state.waiting < Self.waitingLimit else { return .tooMany }
            state.waiting += 1
            hasWaited = true
            return nil
        }
        if hasWaited { state.withLock { $0.waiting -= 1 } }
        switch turn {
        case .known(let report): return report
        case .tooMany, nil: return nil
        case .look:
            let report = look()
            state.change { state in
                state.last = (report, .now)
                state.isLooking = false
            }
            return report
        }
    }
}
