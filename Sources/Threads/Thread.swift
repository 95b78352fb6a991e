internal import Glibc

/// A plain thread of the operating system.
public enum Thread {
    /// The system had no room for another thread, or `pthread_create` failed otherwise.
    public struct StartFailure: Error, CustomStringConvertible {
        /// An `errno` value; `EAGAIN` for a lack of room.
        public let code: Int32

        public var description: String { "pthread_create: \(String(cString: strerror(code)))" }
    }

    /// Starts a thread that ends with `body`; nobody joins it.
    ///
    /// No signal is delivered to it: signals are taken by one thread that waits for them, and would
    /// cut short the reads and writes of others.
    public static func start(
        stackBytes: Int = 512 * 1024, _ body: @escaping @Sendable () -> Void
    ) throws(StartFailure) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)

        let argument = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runBody, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw StartFailure(code: code)
        }
    }

    fileprivate final class Body {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) { self.run = run }
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
