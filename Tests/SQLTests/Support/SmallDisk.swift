import Glibc
import Testing

/// A file system of one megabyte in memory, mounted over a directory until it goes.
final class SmallDisk {
    private let path: String
    private var filler: String { path + "/filler" }

    /// Whether this user and this system let us mount.
    static let isAvailable: Bool = {
        guard geteuid() == 0, let scratch = try? Scratch() else { return false }
        return (try? SmallDisk(at: scratch.path)) != nil
    }()

    init(at path: String) throws {
        self.path = path
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0)
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no byte free.
    func fill() throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(file, bytes, bytes.count) > 0 {}
        close(file)
    }

    func clear() {
        unlink(filler)
    }

    func makeReadOnly() throws {
        let flags = UInt(MS_REMOUNT | MS_RDONLY)
        try #require(mount("tmpfs", path, "tmpfs", flags, nil) == 0)
    }
}
