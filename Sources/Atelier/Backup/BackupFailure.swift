import Archive
import Glibc
import SQL
import Threads

/// Why there is no backup, or none that can be restored; for the person at the terminal.
public struct BackupFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The failure in terms of the directory that was written to, where its disk is full.
    init(_ error: any Error, writingTo directory: String) {
        self.init(
            Self.isFull(error)
                ? "There is no space left in \(directory). Make room, or take another directory."
                : "\(error)")
    }

    private static func isFull(_ error: any Error) -> Bool {
        switch error {
        case let error as SQLError: error.kind == .full
        case ArchiveError.system(_, let code): code == ENOSPC || code == EDQUOT
        case let error as SystemError: error.code == ENOSPC || error.code == EDQUOT
        default: false
        }
    }
}
