import CFastCGI
import Glibc
import Threads

/// libfcgi's state for the whole process.
enum Library {
    /// Runs `FCGX_Init` once, and leaves the process's signals as they were but for SIGPIPE.
    ///
    /// `FCGX_Init` puts handlers without `SA_RESTART` on SIGTERM, SIGUSR1 and SIGPIPE: they would
    /// keep SIGTERM from ending the process and cut reads and writes short. So its handlers are
    /// taken off again, with the signals held back meanwhile, and SIGPIPE is ignored.
    static let initialization: Result<Void, SystemError> = {
        // How many ms closing waits for the web server to close first; read by FCGX_Init. The
        // default of 2 s would hold a thread, and a web server closes at once.
        setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 0)

        let code = keepingSignals([SIGTERM, SIGUSR1]) { FCGX_Init() }
        signal(SIGPIPE, SIG_IGN)
        return code == 0 ? .success(()) : .failure(SystemError("FCGX_Init", code: code))
    }()

    private static func keepingSignals<T>(_ signals: [Int32], during body: () -> T) -> T {
        var held = sigset_t()
        var previousMask = sigset_t()
        sigemptyset(&held)
        for signal in signals { sigaddset(&held, signal) }
        pthread_sigmask(SIG_BLOCK, &held, &previousMask)
        defer { pthread_sigmask(SIG_SETMASK, &previousMask, nil) }

        let dispositions = signals.map { signal in
            var disposition = sigaction()
            sigaction(signal, nil, &disposition)
            return disposition
        }
        defer {
            for (signal, var disposition) in zip(signals, dispositions) {
                sigaction(signal, &disposition, nil)
            }
        }
        return body()
    }
}
