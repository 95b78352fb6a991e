import Glibc
import HTTPTypes
import Threads
import Web

/// How many of something each person may have at a time, counted over all workers.
///
/// A place is a lock on one byte of a file that all workers share; the bytes of a person follow from
/// their id. The kernel gives a lock back when its holder ends, however it ends: no count is kept that
/// could go wrong.
struct PersonalPlaces: Sendable {
    /// No setting is larger: so many bytes belong to each person.
    static let mostPerPerson = 4096

    let path: String
    let limit: Int

    /// Taken until it is let go.
    final class Place: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }
    }

    /// - Returns: `nil` when the person has all their places.
    func take(by userID: String) throws(SystemError) -> Place? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        let place = Place(descriptor: descriptor)
        for number in 0..<limit where try Self.lock(descriptor, Self.start(of: userID) + number) {
            return place
        }
        return nil
    }

    /// - Returns: `false` when another holds it.
    private static func lock(_ descriptor: Int32, _ byte: Int) throws(SystemError) -> Bool {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(byte)
        range.l_len = 1
        if fcntl(descriptor, setLock, &range) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else { throw SystemError("lock a place") }
        return false
    }

    /// `F_OFD_SETLK` of <fcntl.h>, which Swift does not import: a lock of this descriptor, not of the
    /// process ("Open file description locks" in fcntl(2)).
    private static let setLock: Int32 = 37

    /// The FNV-1a hash of the id, which is the same in all workers.
    private static func start(of userID: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in userID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(hash >> 14) * mostPerPerson
    }
}

extension PersonalPlaces {
    static func tooManyAnswers(limit: Int) -> Problem {
        Problem(
            .tooManyRequests, "too_many_answers",
            "\(limit) of your answers are being written already, which is all you may have at a time. Nothing was stored; wait until one has ended, or stop one.",
            headers: [.retryAfter: "5"])
    }

    static func tooManyViewers(limit: Int) -> Problem {
        Problem(
            .tooManyRequests, "too_many_viewers",
            "You are watching \(limit) answers already, which is all you may at a time. Close some of the pages that show them.",
            headers: [.retryAfter: "5"])
    }
}
