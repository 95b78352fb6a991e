import FoundationEssentials
import Glibc
import Threads

/// The files of media: immutable, under names that tell their content, so that two states may share
/// them. What has a name that begins with a dot is not finished, and none of them.
struct MediaTree {
    let path: String

    /// A directory or file, with its path from the root of the tree.
    struct Entry {
        let name: String
        let isDirectory: Bool
    }

    /// Everything that is there now; a directory comes before what it holds.
    func entries() throws -> [Entry] {
        try entries(in: "")
    }

    private func entries(in parent: String) throws -> [Entry] {
        guard let names = try Self.names(in: path + "/" + parent) else { return [] }
        return try names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name in
            let name = parent.isEmpty ? name : parent + "/" + name
            var status = stat()
            guard lstat(path + "/" + name, &status) == 0 else {
                if errno == ENOENT { return [Entry]() }
                throw SystemError(path + "/" + name)
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                return try [Entry(name: name, isDirectory: true)] + entries(in: name)
            case S_IFREG: return [Entry(name: name, isDirectory: false)]
            default: return []
            }
        }
    }

    /// - Returns: `nil` when there is no such directory (any more).
    private static func names(in directory: String) throws -> [String]? {
        guard access(directory, F_OK) == 0 || errno != ENOENT else { return nil }
        return try FileManager.default.contentsOfDirectory(atPath: directory)
    }
}
