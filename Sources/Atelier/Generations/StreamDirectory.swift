import Glibc
import Threads

/// The live streams of all generations that run, in files that every worker can read.
///
/// Lies in the run directory: a stream outlives a worker, but not a reboot.
struct StreamDirectory: Sendable {
    private let path: String
    /// A file appears here for each generation that somebody wants to stop.
    let stopPath: String
    /// What lay among the streams and could not be read.
    private let damagedPath: String

    /// - Parameter runDirectory: Exists, and is private to the workers.
    /// - Throws: ``SystemError`` when a directory cannot be made.
    init(runDirectory: String) throws(SystemError) {
        path = runDirectory + "/streams"
        stopPath = runDirectory + "/stops"
        damagedPath = runDirectory + "/damaged-streams"
        for directory in [path, stopPath] where mkdir(directory, 0o700) == -1 && errno != EEXIST {
            throw SystemError("mkdir \(directory)")
        }
    }

    func streamPath(_ id: String) -> String { path + "/" + id }

    /// Begins the live stream of a generation, owned by the caller.
    func begin(_ id: String) throws(SystemError) -> StreamLog {
        try StreamLog(id, in: path)
    }

    /// The ids of all generations that have a live stream, running or abandoned.
    func streams() throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError("list the streams") }
        defer { closedir(directory) }
        return fileNames(in: directory)
    }

    /// Moves what cannot be read out of the way of others, and returns where it is now.
    func setAside(_ id: String) throws(SystemError) -> String {
        let aside = damagedPath + "/\(id).\(UInt32.random(in: .min ... .max))"
        guard mkdir(damagedPath, 0o700) == 0 || errno == EEXIST,
            rename(streamPath(id), aside) == 0
        else { throw SystemError("move a stream file aside") }
        return aside
    }

    /// Tells the runner of a generation, in whatever worker, to stop.
    func requestStop(_ id: String) throws(SystemError) {
        let descriptor = open(stopPath + "/" + id, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open a stop file") }
        close(descriptor)
    }

    func removeStopRequest(_ id: String) {
        unlink(stopPath + "/" + id)
    }
}

/// The names of the files in a directory, from where it was read last.
func fileNames(in directory: OpaquePointer) -> [String] {
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}
