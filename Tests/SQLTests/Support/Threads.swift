import Glibc

@testable import SQL

/// A thread of its own, as the tests' tasks share too few to block them.
final class TestThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        pthread_create(
            &handle, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, work)
    }

    func join() {
        pthread_join(handle, nil)
    }
}

/// Runs the closure on several threads at once, and throws what the first of them throws.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failures = Monitor<[any Error]>([])
    let threads = (0..<count).map { index in
        TestThread {
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
