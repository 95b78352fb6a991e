import CFastCGI
import Glibc

/// The socket on which the web server connects: inherited, never opened here.
///
/// It is the same kernel object for every worker and for whoever passed it on, so it is only ever
/// closed, never shut down, and `O_NONBLOCK` set here holds for all of them: every worker expects
/// to lose the race for a connection.
///
/// Only the web server may be able to connect (a socket of mode 0660): whoever can is believed what
/// it says of the client.
public final class ListeningSocket: Sendable {
    let descriptor: Int32

    /// Takes over a descriptor that listens; it is closed with this object.
    ///
    /// - Throws: ``Problem/notListening(descriptor:)``, and the descriptor stays the caller's.
    public init(adopting descriptor: Int32) throws {
        guard Self.isListening(descriptor) else {
            throw Problem.notListening(descriptor: descriptor)
        }
        _ = try check("fcntl") { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let flags = try check("fcntl") { fcntl(descriptor, F_GETFL) }
        _ = try check("fcntl") { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
        Self.sendSmallWritesAtOnce(descriptor)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether a connection waits to be accepted.
    var hasQueuedConnection: Bool {
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// The socket this process was started with.
    ///
    /// That is descriptor 3 when `LISTEN_PID` names this process (systemd's socket activation,
    /// sd_listen_fds(3)), else descriptor 0 when it listens (the FastCGI specification, 2.2).
    /// To be called once, before anything else opens files.
    public static func inherited(environment: [String: String]) throws -> ListeningSocket {
        try inherited(environment: environment, activated: 3, standard: 0)
    }

    static func inherited(
        environment: [String: String], activated: Int32, standard: Int32
    ) throws -> ListeningSocket {
        if environment["LISTEN_PID"] == String(getpid()) {
            guard environment["LISTEN_FDS"] == "1" else {
                throw Problem.notOneSocket(passed: environment["LISTEN_FDS"] ?? "")
            }
            return try ListeningSocket(adopting: activated)
        }
        guard isListening(standard) else { throw Problem.nonePassed }
        return try ListeningSocket(adopting: standard)
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        option(SO_ACCEPTCONN, of: descriptor) == 1
            && option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    /// Accepted TCP connections inherit the option; on a unix socket the call fails, harmlessly.
    private static func sendSmallWritesAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension ListeningSocket {
    /// Why there is no listening socket, and what to do about it.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        /// Neither systemd nor the parent process passed a socket.
        case nonePassed
        /// `LISTEN_FDS` is not 1.
        case notOneSocket(passed: String)
        /// The descriptor is not a listening stream socket.
        case notListening(descriptor: Int32)

        public var description: String {
            switch self {
            case .nonePassed:
                "No listening socket was passed. Start this program through its systemd socket "
                    + "unit, or with a listening stream socket as standard input."
            case .notOneSocket(let passed):
                "LISTEN_FDS is \"\(passed)\", but exactly one socket is expected. "
                    + "Name one socket with one ListenStream= in the Sockets= of the unit."
            case .notListening(let descriptor):
                "Descriptor \(descriptor) is not a listening stream socket. "
                    + "Use ListenStream= and Accept=no in the socket unit."
            }
        }
    }
}
