import Glibc

/// A file to damage.
struct StreamFile {
    private let descriptor: Int32

    init?(_ path: String) {
        descriptor = open(path, O_WRONLY | O_APPEND)
        guard descriptor >= 0 else { return nil }
    }

    func append(_ bytes: [UInt8]) {
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
