import CFastCGI  // its headers define pthread_attr_t once more, and Swift sees theirs
import Glibc

/// Starts a plain thread that ends with `body`; nobody joins it.
///
/// No signal is delivered to it: libfcgi repeats neither reads nor writes that a signal cut short.
/// - Throws: `pthread_create` with EAGAIN when the system has no room for another thread.
func startThread(stackBytes: Int, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackBytes)

    let argument = Unmanaged.passRetained(ThreadBody(run: body))
    var thread = pthread_t()
    let code = pthread_create(&thread, &attributes, runThreadBody, argument.toOpaque())
    guard code == 0 else {
        argument.release()
        throw SystemError("pthread_create", code: code)
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runThreadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    blockSignals()
    argument.map { Unmanaged<ThreadBody>.fromOpaque($0).takeRetainedValue().run() }
    return nil
}

/// All but those that report a fault of the thread itself: they cannot wait.
private func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
