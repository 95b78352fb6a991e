public import Glibc

/// An open file, closed with its owner.
public struct File: ~Copyable {
    public let descriptor: Int32
    private let path: String

    /// Opens a file to read; a symbolic link is refused.
    public init(reading path: String) throws(ArchiveError) {
        descriptor = try Self.open(path, O_RDONLY, mode: 0)
        self.path = path
    }

    /// Makes a file that is not there yet.
    ///
    /// - Parameter mode: Its exact permissions, whatever the umask.
    public init(creating path: String, mode: mode_t) throws(ArchiveError) {
        descriptor = try Self.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode & 0o600)
        self.path = path
        _ = fchmod(descriptor, mode)  // cannot fail: the file is ours
    }

    private static func open(
        _ path: String, _ flags: Int32, mode: mode_t
    ) throws(ArchiveError) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .system("open \(path)") }
        return descriptor
    }

    deinit { close(descriptor) }

    public func status() throws(ArchiveError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("stat \(path)") }
        return status
    }

    /// Reads as much as there is room for, or is left.
    ///
    /// - Returns: 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system("read \(path)") }
        }
    }

    /// Writes all of it.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
                throw .system("write \(path)")
            }
        }
    }

    /// Returns when its contents are on the disk.
    public func sync() throws(ArchiveError) {
        guard fsync(descriptor) == 0 else { throw .system("sync \(path)") }
    }
}
