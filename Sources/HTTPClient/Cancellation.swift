import Threads

/// A request to stop, made once and seen by every thread that works under it.
///
/// Give the same one to several calls to stop them together. It cannot be taken back.
public final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var nextID = 0
        var handlers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Monitor(State())

    public init() {}

    /// Asks all work under this cancellation to stop. Returns at once; may be called repeatedly and
    /// from any thread.
    public func cancel() {
        state.change { state in
            guard !state.isCancelled else { return }
            state.isCancelled = true
            for handler in state.handlers.values { handler() }
        }
    }

    public var isCancelled: Bool {
        state.withLock { $0.isCancelled }
    }

    /// Sleeps for `duration`, less when cancelled.
    ///
    /// - Returns: Whether it was cancelled.
    public func wait(for duration: Duration) -> Bool {
        state.wait(upTo: duration) { $0.isCancelled ? true : nil } ?? false
    }

    /// Runs `body`; if ``cancel()`` is called meanwhile, or was before, `handler` is called once.
    ///
    /// After this returns `handler` is never called again and no call of it is still running, so it
    /// may use what `body` owns. It runs on the cancelling thread and under a lock: it must not
    /// block, nor use this cancellation.
    public func withHandler<Result, Failure: Error>(
        _ handler: @escaping @Sendable () -> Void,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let id = state.withLock { state in
            if state.isCancelled { handler() }
            state.nextID += 1
            state.handlers[state.nextID] = handler
            return state.nextID
        }
        defer { state.withLock { _ = $0.handlers.removeValue(forKey: id) } }
        return try body()
    }
}
