import Glibc
import Threads

/// To whom files belong that root makes for the service: who owns the directory they lie in.
struct FileOwner {
    let user: uid_t
    let group: gid_t

    /// The owner of a file or directory.
    init(of path: String) throws(SystemError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(path) }
        user = status.st_uid
        group = status.st_gid
    }

    /// Hands over a file that this process has made; does nothing unless root does it.
    func take(_ path: String) throws(SystemError) {
        guard geteuid() == 0 else { return }
        guard lchown(path, user, group) == 0 else { throw SystemError("chown \(path)") }
    }
}
