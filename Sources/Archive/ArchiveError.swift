internal import Glibc

/// Why an archive could not be written or read.
public enum ArchiveError: Error, Sendable, Hashable {
    /// The system refused a call; the code is an `errno` value.
    case system(call: String, code: Int32)
    /// What is read is no archive of ours, or is not what was written.
    case damaged(String)
    /// A member's file became shorter while it was read.
    case shrunk(String)
    /// A member's name does not fit into a header.
    case nameTooLong(String)

    /// The system call that has just failed.
    static func system(_ call: String) -> Self { .system(call: call, code: errno) }
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .damaged(let what): what
        case .shrunk(let name): "\(name) became shorter while it was read"
        case .nameTooLong(let name): "\(name) is too long a name for an archive"
        }
    }
}
