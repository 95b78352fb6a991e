import CLinux  // fcntl's lock belongs to this module or the next, whichever is read first
import Glibc
import Synchronization

/// Memory that several processes see, as words of 64 bits that are read and written whole.
///
/// `@unchecked`: counters are reached as atomics only; what is not has one writer, and its readers
/// look twice.
final class SharedMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    private let descriptor: Int32

    typealias Word = UnsafeMutablePointer<Atomic<UInt64>>

    /// Memory of this process alone.
    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        descriptor = -1
    }

    /// Maps a file; the descriptor, and with it any lock on the file, is kept until the end.
    private init?(descriptor: Int32, count: Int, protection: Int32) {
        guard let start = mmap(nil, count, protection, MAP_SHARED, descriptor, 0),
            start != MAP_FAILED
        else {
            close(descriptor)
            return nil
        }
        bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
        self.descriptor = descriptor
    }

    deinit {
        guard descriptor >= 0 else { return bytes.deallocate() }
        munmap(bytes.baseAddress, bytes.count)
        close(descriptor)
    }

    /// Makes or takes over a file that no living process has; `nil` when one has, or it fails.
    ///
    /// The file never shrinks, and has all its blocks: touching it cannot fail later on, neither
    /// because another process cuts it nor because the disk is full.
    static func own(_ path: String, count: Int) -> SharedMemory? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        guard lock(descriptor, setLock)?.l_type != nil,
            posix_fallocate(descriptor, 0, off_t(count)) == 0
        else {
            close(descriptor)
            return nil
        }
        return SharedMemory(
            descriptor: descriptor, count: count, protection: PROT_READ | PROT_WRITE)
    }

    /// Another process's file, to be read; `nil` when there is none.
    static func view(_ path: String) -> (memory: SharedMemory, isOwned: Bool)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        let isOwned = lock(descriptor, getLock).map { $0.l_type != Int16(F_UNLCK) } ?? false
        let size = Int(lseek(descriptor, 0, SEEK_END))
        return SharedMemory(descriptor: descriptor, count: size, protection: PROT_READ)
            .map { ($0, isOwned) }
    }

    /// "Open file description locks" of fcntl(2), which asking for does not take; Swift does not
    /// import their commands.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private static func lock(_ descriptor: Int32, _ command: Int32) -> flock? {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        return fcntl(descriptor, command, &range) == 0 ? range : nil
    }

    // MARK: Words

    func word(_ offset: Int) -> Word {
        (bytes.baseAddress! + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func load(_ offset: Int) -> Int {
        Int(truncatingIfNeeded: word(offset).pointee.load(ordering: .acquiring))
    }

    func store(_ value: Int, at offset: Int) {
        word(offset).pointee.store(UInt64(truncatingIfNeeded: value), ordering: .releasing)
    }

    func add(_ value: Int, at offset: Int) {
        word(offset).pointee.wrappingAdd(
            UInt64(truncatingIfNeeded: value), ordering: .acquiringAndReleasing)
    }

    // MARK: Text

    /// Writes text and zeros behind it; what does not fit is left out.
    func write(_ text: String, at offset: Int, width: Int) {
        let field = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + width])
        var text = text
        text.withUTF8 { text in
            let count = min(width, text.count)
            field.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[..<count]))
            memset(field.baseAddress! + count, 0, width - count)
        }
    }

    func text(at offset: Int, width: Int) -> String {
        String(decoding: bytes[offset..<offset + width].prefix { $0 != 0 }, as: UTF8.self)
    }
}
