import Glibc

/// The machine that this process runs on.
enum HostName {
    /// As `hostname` prints it; empty where it cannot be told.
    static let current: String = {
        var name = [CChar](repeating: 0, count: 256)  // HOST_NAME_MAX is 64
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
