import Glibc
import Threads

/// A plain thread for blocking work in tests.
public struct JoinableThread: Sendable {
    private let thread: Thread

    public init(_ body: @escaping @Sendable () -> Void) {
        // A test without its thread cannot go on.
        thread = try! Thread.start(body)
    }

    /// Waits for the end of the thread; not from within it.
    public func join() {
        thread.join()
    }
}

public func sleep(milliseconds: Int) {
    usleep(UInt32(milliseconds) * 1_000)
}
