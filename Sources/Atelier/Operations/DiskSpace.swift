import Glibc

/// How much room there is where one of our directories lies.
struct DiskSpace {
    /// Which directory, for people.
    let name: String
    /// For us, in bytes: without what is kept for root.
    let free: Int
    let size: Int

    /// - Returns: `nil` when the directory cannot be reached.
    init?(of directory: String, name: String) {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        self.name = name
        free = Int(status.f_bavail * UInt(status.f_frsize))
        size = Int(status.f_blocks * UInt(status.f_frsize))
    }

    init(name: String, free: Int, size: Int) {
        self.name = name
        self.free = free
        self.size = size
    }

    /// Less than this and writes are about to fail.
    private static let floor = 200 << 20

    /// Whether less is free than a twentieth, where that is less than 200 MB.
    var isLow: Bool { free < min(size / 20, Self.floor) }

    static func all(of settings: Settings) -> [DiskSpace] {
        [("state", settings.stateDirectory), ("run", settings.runDirectory)].compactMap {
            DiskSpace(of: $1, name: $0)
        }
    }
}
