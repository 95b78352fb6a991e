import CFastCGI
import Glibc

/// Where the idle threads of one server wait together for the next connection.
///
/// They wait in one epoll set, so the kernel picks who wakes: one thread a connection, and the one
/// that went to sleep last, whose stack and caches are still warm.
final class Acceptor: Sendable {
    private let socket: ListeningSocket
    private let stop: Event
    private let epoll: Int32

    init(socket: ListeningSocket, stop: Event) throws(SystemError) {
        self.socket = socket
        self.stop = stop
        epoll = try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        try watch(socket.descriptor)
        try watch(stop.descriptor)
    }

    deinit { close(epoll) }

    private func watch(_ descriptor: Int32) throws(SystemError) {
        var interest = epoll_event(
            events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
        _ = try check("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest) }
    }

    /// The next connection; `nil` once `stop` has happened.
    ///
    /// Under load a connection is waiting already, so accepting is tried before waiting.
    /// - Parameter exhausted: Called when there is no descriptor or memory for a connection; it
    ///   stays queued and is tried again 100 ms later.
    /// - Throws: `accept4` when the socket is not a listening one any more.
    func next(exhausted: () -> Void) throws(SystemError) -> Int32? {
        while !stop.hasHappened {
            let descriptor = accept4(
                socket.descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
            if descriptor >= 0 { return descriptor }
            switch errno {
            case EAGAIN:
                waitForEither()
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                exhausted()
                stop.wait(milliseconds: 100)
            case EBADF, EINVAL, ENOTSOCK:
                throw SystemError("accept4")
            default:
                continue  // the client has given up, accept(2), or a signal came
            }
        }
        return nil
    }

    private func waitForEither() {
        var event = epoll_event()
        _ = epoll_wait(epoll, &event, 1, -1)
    }
}
