internal import Glibc

/// A plain thread of the operating system, for work that blocks; not one of Swift's cooperative pool.
public final class Thread: Sendable {
    private let hasEnded = Monitor(false)

    private init() {}

    /// The system had no room for another thread, or `pthread_create` failed otherwise.
    public struct StartFailure: Error, CustomStringConvertible {
        /// An `errno` value; `EAGAIN` for a lack of room.
        public let code: Int32

        public var description: String { "pthread_create: \(String(cString: strerror(code)))" }
    }

    /// Starts a thread that ends with `body`.
    ///
    /// No signal is delivered to it: signals are taken by one thread that waits for them, and would
    /// cut short the reads and writes of others.
    ///
    /// - Parameter stackBytes: Costs address space, and memory only where touched.
    @discardableResult
    public static func start(
        stackBytes: Int = 512 * 1024, _ body: @escaping @Sendable () -> Void
    ) throws(StartFailure) -> Thread {
        let started = Thread()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)

        let argument = Unmanaged.passRetained(
            Body {
                body()
                started.hasEnded.change { $0 = true }
            })
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runBody, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw StartFailure(code: code)
        }
        return started
    }

    /// Waits until its body has returned. May be called any number of times, from any thread but itself.
    public func join() {
        while hasEnded.wait(upTo: .seconds(3600), for: { $0 ? true : nil }) == nil {}
    }

    fileprivate final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    blockSignals()
    argument.map { Unmanaged<Thread.Body>.fromOpaque($0).takeRetainedValue().run() }
    return nil
}

/// All but those that report a fault of the thread itself: they cannot wait.
private func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
