import CLinux
import Glibc

/// The live stream of one running generation: an append-only file, written by its runner alone.
///
/// The runner holds a lock on the file, which the kernel drops when the process dies; so anybody
/// can see whether a stream that has not ended still has its runner.
final class StreamLog {
    private let path: String
    private let descriptor: Int32

    /// Begins a stream.
    ///
    /// - Parameters:
    ///   - id: The name of the file.
    ///   - directory: Lies on a file system that knows files without a name, as tmpfs and ext4 do.
    /// - Throws: ``SystemError``; with code `EEXIST` when there is one of that id.
    convenience init(_ id: String, in directory: String) throws(SystemError) {
        let flags = clinux_o_tmpfile | O_WRONLY | O_APPEND | O_CLOEXEC
        let descriptor = open(directory, flags, 0o600)
        guard descriptor >= 0 else { throw SystemError("open a stream file") }
        self.init(descriptor: descriptor, path: directory + "/" + id)
        // Locked before it has a name: a sweep never meets it without its runner.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemError("lock a stream file")
        }
        let unnamed = "/proc/self/fd/\(descriptor)"  // open(2), O_TMPFILE
        guard linkat(AT_FDCWD, unnamed, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
            throw SystemError("name a stream file")
        }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// What became of a stream.
    enum Fate {
        /// Its runner still writes it.
        case running
        /// Its runner has died; the caller is its owner now.
        case abandoned(StreamLog)
        /// It is not there (any more).
        case missing
    }

    /// Takes over the stream of a runner that has died; of several who try, one succeeds.
    static func takeOver(path: String) -> Fate {
        let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { return .missing }
        let log = StreamLog(descriptor: descriptor, path: path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return .running }
        log.cutTornFrame()
        return .abandoned(log)
    }

    /// Cuts what the runner could not finish writing, so that more can be appended.
    private func cutTornFrame() {
        guard let reader = StreamLogReader(path: path), let events = try? reader.next() else {
            return
        }
        _ = ftruncate(descriptor, StreamFrame.encode(events).count)
    }

    deinit {
        close(descriptor)
    }

    /// Appends events, with one write.
    ///
    /// - Throws: ``SystemError``, with code `ENOSPC` when the run directory is full; a part that was
    ///   written is taken back.
    func append(_ events: [StreamEvent]) throws(SystemError) {
        let bytes = StreamFrame.encode(events)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            let error = SystemError("write to a stream file", code: written < 0 ? errno : ENOSPC)
            if written > 0 { takeBack(written) }
            throw error
        }
    }

    private func takeBack(_ count: Int) {
        let end = lseek(descriptor, 0, SEEK_END)
        _ = ftruncate(descriptor, end - count)
    }

    /// Removes the file; who has it open still reads it to its end.
    func remove() {
        unlink(path)
    }
}

/// Reads a live stream from its beginning.
final class StreamLogReader {
    private let descriptor: Int32
    private var parser = StreamFrame.Parser()

    /// - Returns: `nil` when there is no such stream (any more).
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// The events that have come since the last call.
    func next() throws -> [StreamEvent] {
        var events: [StreamEvent] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw SystemError("read a stream file") }
            parser.append(chunk[..<count])
            while let event = try parser.next() { events.append(event) }
            if count < chunk.count { break }
        }
        // What is not whole yet is read again: a new owner may cut it and write something else there.
        lseek(descriptor, off_t(-parser.takeRest()), SEEK_CUR)
        return events
    }

    /// Whether nobody writes the stream any more: its runner has ended or died.
    ///
    /// The lock is let go at once, so that a sweep can take it.
    var isAbandoned: Bool {
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return false }
        flock(descriptor, LOCK_UN)
        return true
    }
}
