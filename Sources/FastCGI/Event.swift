import CFastCGI
import Glibc
import Synchronization
import Threads

/// Something that happens once, and can be waited for like a connection: an eventfd(2).
final class Event: Sendable {
    let descriptor: Int32
    private let happened = Atomic(false)

    init() throws(SystemError) {
        descriptor = try check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) }
    }

    deinit { close(descriptor) }

    var hasHappened: Bool { happened.load(ordering: .acquiring) }

    /// Wakes everyone who waits, now and later.
    func happen() {
        guard !happened.exchange(true, ordering: .acquiringAndReleasing) else { return }
        eventfd_write(descriptor, 1)
    }

    /// Waits for it, at most so many milliseconds; -1 for as long as it takes.
    func wait(milliseconds: Int32 = -1) {
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&interest, 1, milliseconds) < 0, errno == EINTR {}
    }
}
