import Glibc
import Threads

/// Whether a descriptor is that of a file, and not of something else that can be opened.
func isFile(_ descriptor: Int32) throws(SystemError) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError("look at a file") }
    return status.st_mode & S_IFMT == S_IFREG
}
