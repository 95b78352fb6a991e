import Threads

/// Something the threads of a test count together.
public final class Counter: Sendable {
    private let count = Monitor(0)

    public init() {}

    public var value: Int { count.withLock { $0 } }

    /// - Returns: The new value.
    @discardableResult
    public func increment() -> Int {
        count.change { count in
            count += 1
            return count
        }
    }

    /// Waits until the count is at least `value`.
    ///
    /// - Returns: Whether it got there in time.
    public func wait(for value: Int, milliseconds: Int = 10_000) -> Bool {
        count.wait(upTo: .milliseconds(milliseconds)) { $0 >= value ? true : nil } ?? false
    }
}
