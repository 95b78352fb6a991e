import Glibc
import HTTPClient

/// A thread for work that blocks; not one of Swift's cooperative pool.
final class PlainThread: @unchecked Sendable {
    private static let stackBytes = 1 << 20

    private var thread = pthread_t()
    private let isJoined = Locked(false)

    /// - Returns: `nil` when the system gives no more threads.
    init?(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        let code = withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) {
            let attributes = $0.baseAddress!  // there is room for one
            pthread_attr_init(attributes)
            defer { pthread_attr_destroy(attributes) }
            pthread_attr_setstacksize(attributes, Self.stackBytes)
            return pthread_create(&thread, attributes, runWork, work.toOpaque())
        }
        guard code == 0 else {
            work.release()
            return nil
        }
    }

    /// Waits for its end; further calls return once the first has.
    func join() {
        isJoined.withLock { isJoined in
            guard !isJoined else { return }
            isJoined = true
            pthread_join(thread, nil)
        }
    }
}

/// Carries a closure over the C border.
private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    argument.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
    return nil
}
