/// Something the threads of a test count together.
public final class Counter: @unchecked Sendable {
    private let lock = Lock()
    private var count = 0

    public init() {}

    public var value: Int { lock.withLock { count } }

    /// - Returns: The new value.
    @discardableResult
    public func increment() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    /// Waits until the count is at least `value`.
    ///
    /// - Returns: Whether it got there in time.
    public func wait(for value: Int, milliseconds: Int = 10_000) -> Bool {
        for _ in 0..<milliseconds {
            if self.value >= value { return true }
            sleep(milliseconds: 1)
        }
        return self.value >= value
    }
}
