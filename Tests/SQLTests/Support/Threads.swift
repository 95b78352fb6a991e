import Threads

/// Runs the closure on several threads at once, and throws what the first of them throws.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failures = Monitor<[any Error]>([])
    let threads = try (0..<count).map { index in
        try Thread.start {
            do {
                try body(index)
            } catch {
                failures.change { $0.append(error) }
            }
        }
    }
    for thread in threads { thread.join() }
    if let failure = failures.change({ $0.first }) { throw failure }
}
