import CFastCGI
import Glibc
import Threads

/// Where the idle threads of one server wait together for the next connection.
///
/// They wait in one epoll set, and the kernel picks who wakes: one worker of all that share the
/// socket (`EPOLLEXCLUSIVE`), the first in its queue, and of that worker one thread (`EPOLLET`),
/// the one that went to sleep last, whose stack and caches are still warm.
final class Acceptor: Sendable {
    private let socket: ListeningSocket
    private let stop: Event
    private let epoll: Int32

    init(socket: ListeningSocket, stop: Event) throws(SystemError) {
        self.socket = socket
        self.stop = stop
        epoll = try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        try watch(stop.descriptor, for: EPOLLIN)
        try joinQueue()
    }

    deinit { close(epoll) }

    private func joinQueue() throws(SystemError) {
        try watch(socket.descriptor, for: EPOLLIN, EPOLLET, EPOLLEXCLUSIVE)
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
                if hasBeenWoken { goToEndOfQueue() }
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

    /// Lets the other workers have the next connections, and wakes another thread of this one if
    /// more than one has come: only the first of them woke anybody.
    private func goToEndOfQueue() {
        epoll_ctl(epoll, Int32(EPOLL_CTL_DEL), socket.descriptor, nil)
        try? joinQueue()  // fails where another thread has just done the same
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
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 2) { ready in
            let count = epoll_wait(epoll, ready.baseAddress, Int32(ready.count), 1000)
            return ready.prefix(Int(max(count, 0))).reduce(0) { events, event in
                event.data.fd == stop.descriptor ? events : events | event.events
            }
        }
    }
}
