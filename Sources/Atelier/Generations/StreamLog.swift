import CLinux
import Glibc
import Threads

/// The live stream of one running generation: an append-only file, written by its runner alone.
///
/// The runner holds a lock on the file, which the kernel drops when the process dies; so anybody
/// can see whether a stream that has not ended still has its runner.
final class StreamLog {
    private let path: String
    private let descriptor: Int32
    private var hasTornFrame = false

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
        /// What is there in its place is no file of a stream, and never was.
        case foreign
    }

    /// Takes over the stream of a runner that has died; of several who try, one succeeds.
    ///
    /// - Throws: ``SystemError`` when that cannot be told, as where too many files are open: the
    ///   runner may well be alive.
    static func takeOver(path: String) throws(SystemError) -> Fate {
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = open(path, flags)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: return .missing
            case EISDIR, ELOOP, ENXIO: return .foreign
            default: throw SystemError("open a stream file")
            }
        }
        let log = StreamLog(descriptor: descriptor, path: path)
        guard try isFile(descriptor) else { return .foreign }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw SystemError("lock a stream file") }
            return .running
        }
        return .abandoned(log)
    }

    /// What a runner that has died has left.
    struct Contents {
        var events: [StreamEvent] = []
        /// Whether something stands behind the events that no runner has written.
        var isDamaged = false
    }

    /// Reads all there is, and cuts what the runner could not finish writing, so that more can be
    /// appended.
    ///
    /// - Throws: ``SystemError`` when not all that is there could be read.
    func contents() throws(SystemError) -> Contents {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError("read a stream file") }
        let reader = StreamLogReader(descriptor: copy)
        var contents = Contents()
        do {
            while case let events = try reader.next(), !events.isEmpty {
                contents.events += events
            }
        } catch let error as SystemError {
            throw error
        } catch {
            contents.isDamaged = true
            return contents
        }
        guard ftruncate(descriptor, off_t(reader.offset)) == 0 else {
            throw SystemError("cut a stream file")
        }
        return contents
    }

    deinit {
        close(descriptor)
    }

    /// Appends events, with one write.
    ///
    /// - Throws: ``SystemError``, with code `ENOSPC` when the run directory is full; a part that was
    ///   written is taken back. Where even that fails nothing is ever appended again.
    func append(_ events: [StreamEvent]) throws(SystemError) {
        guard !hasTornFrame else { throw SystemError("write to a stream file", code: EIO) }
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
        hasTornFrame = end < count || ftruncate(descriptor, end - count) != 0
    }

    /// Removes the file; who has it open still reads it to its end.
    func remove() {
        unlink(path)
    }
}

/// Reads a live stream from its beginning.
final class StreamLogReader {
    private let descriptor: Int32
    /// Behind the last whole event, in bytes.
    private(set) var offset = 0
    private var chunk = [UInt8](repeating: 0, count: 64 * 1024)

    /// - Returns: `nil` when there is no such stream (any more).
    /// - Throws: ``SystemError`` when that cannot be told.
    convenience init?(path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw SystemError("open a stream file") }
            return nil
        }
        self.init(descriptor: descriptor)
    }

    /// - Parameter descriptor: Closed in the end.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Some of the events that have come since the last call; none when that were all.
    ///
    /// - Throws: ``SystemError``; ``StreamFrame/Damage`` for what no runner has written, once all
    ///   before it has been returned.
    func next() throws -> [StreamEvent] {
        var parser = StreamFrame.Parser()
        var events: [StreamEvent] = []
        while events.isEmpty {
            let count = pread(descriptor, &chunk, chunk.count, off_t(offset))
            guard count >= 0 else { throw SystemError("read a stream file") }
            guard count > 0 else { break }
            offset += count
            parser.append(chunk[..<count])
            do {
                while let event = try parser.next() { events.append(event) }
            } catch {
                guard !events.isEmpty else { throw error }
            }
        }
        // What is not whole yet is read again: a new owner may cut it and write something else there.
        offset -= parser.takeRest()
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
