/// A bound for work of which little can go on at once: some work, some wait, the rest is turned away.
public final class WaitingRoom: Sendable {
    private struct State {
        var working = 0
        var waiting = 0
    }

    private let places: Int
    private let chairs: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - places: How many work at once.
    ///   - chairs: How many more may wait.
    public init(places: Int, chairs: Int) {
        self.places = places
        self.chairs = chairs
    }

    /// Whether the next one is turned away.
    public var isFull: Bool {
        state.withLock { $0.working + $0.waiting >= places + chairs }
    }

    /// Waits for a place; ``leave()`` gives it back.
    ///
    /// - Returns: `false`, at once, when all chairs are taken.
    public func enter() -> Bool {
        let isAdmitted = state.withLock { state in
            guard state.working + state.waiting < places + chairs else { return false }
            state.waiting += 1
            return true
        }
        guard isAdmitted else { return false }
        while true {
            let hasPlace: Void? = state.wait(upTo: .seconds(3600)) { state in
                guard state.working < places else { return nil }
                state.working += 1
                state.waiting -= 1
                return ()
            }
            if hasPlace != nil { return true }
        }
    }

    public func leave() {
        state.change(waking: .one) { $0.working -= 1 }
    }
}
