import CFastCGI
import Glibc

/// Where the idle threads of one server wait together for the next connection.
///
/// They wait in one epoll set, and the kernel picks who wakes: one thread of one process for each
/// connection (`EPOLLEXCLUSIVE`, `EPOLLET`), and the one that went to sleep last, whose stack and
/// caches are still warm. Connections that arrive while it wakes are not announced once more, so
/// whoever was woken looks whether there are others and then wakes the next thread.
final class Acceptor: Sendable {
    private let socket: ListeningSocket
    private let stop: Event
    private let epoll: Int32
    /// An eventfd: each write wakes one more thread.
    private let nudge: Int32

    init(socket: ListeningSocket, stop: Event) throws(SystemError) {
        self.socket = socket
        self.stop = stop
        epoll = try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        nudge = try check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) }
        try watch(socket.descriptor, for: EPOLLIN, EPOLLET, EPOLLEXCLUSIVE)
        try watch(nudge, for: EPOLLIN, EPOLLET)
        try watch(stop.descriptor, for: EPOLLIN)
    }

    deinit {
        close(epoll)
        close(nudge)
    }

    private func watch(_ descriptor: Int32, for events: EPOLL_EVENTS...) throws(SystemError) {
        var interest = epoll_event()
        interest.events = events.reduce(0) { $0 | $1.rawValue }
        interest.data.fd = descriptor
        _ = try check("epoll_ctl") {
            epoll_ctl(epoll, Int32(EPOLL_CTL_ADD), descriptor, &interest)
        }
    }

    /// The next connection; `nil` once `stop` has happened.
    ///
    /// Under load a connection is waiting already, so accepting is tried before waiting.
    /// - Parameter exhausted: Called when there is no descriptor or memory for a connection; it
    ///   stays queued and is tried again 100 ms later.
    /// - Throws: ``SystemError`` when the socket is not a listening one any more.
    func next(exhausted: () -> Void) throws(SystemError) -> Int32? {
        var hasBeenWoken = false
        while hasBeenWoken || !stop.hasHappened {
            let descriptor = accept4(
                socket.descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
            if descriptor >= 0 {
                if hasBeenWoken { passOn() }
                return descriptor
            }
            switch errno {
            case EAGAIN:
                hasBeenWoken = try isWokenForConnection()
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                exhausted()
                stop.wait(milliseconds: 100)
                hasBeenWoken = false
            case EBADF, EINVAL, ENOTSOCK:
                throw SystemError("accept4")
            default:
                continue  // the client has given up, accept(2), or a signal came
            }
        }
        return nil
    }

    private func passOn() {
        var interest = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&interest, 1, 0) > 0 { eventfd_write(nudge, 1) }
    }

    private func isWokenForConnection() throws(SystemError) -> Bool {
        let events = sleep()
        if events & EPOLLHUP.rawValue != 0 {  // shut down; accept4 goes on to say EAGAIN
            throw SystemError("accept4", code: EINVAL)
        }
        return events != 0
    }

    /// Waits for whatever is watched, and gives the events of all but `stop`.
    ///
    /// A worker may die between being woken and accepting. The limit of a second sees to it that
    /// another one finds the connection all the same.
    private func sleep() -> UInt32 {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 3) { ready in
            let count = epoll_wait(epoll, ready.baseAddress, Int32(ready.count), 1000)
            return ready.prefix(Int(max(count, 0))).reduce(0) { events, event in
                event.data.fd == stop.descriptor ? events : events | event.events
            }
        }
    }
}
