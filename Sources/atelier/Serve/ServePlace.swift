import FoundationEssentials
import Glibc

/// The directories and files of one `atelier serve`.
struct ServePlace {
    /// Private to this user; holds everything else.
    let state: String
    /// The directory with the nginx templates and the front end.
    let nginx: String

    /// Sockets, live streams and nginx's own files: in memory, as `/run` is in production.
    let run: String
    var log: String { state + "/log" }
    var certificate: String { state + "/tls/certificate.pem" }
    var certificateKey: String { state + "/tls/key.pem" }
    /// The secret of all keys; beside the database, but in no backup.
    var tokenKey: String { state + "/credentials/atelier-token-key" }
    var workerSocket: String { run + "/worker.sock" }
    var demoSocket: String { run + "/demo.sock" }
    var www: String { nginx + "/www" }

    /// Makes the directories, and takes the place for this process alone.
    ///
    /// - Throws: ``Failure`` when another `atelier serve` runs there, or a directory cannot be made.
    init(state: String, nginx: String) throws {
        self.state = try Self.absolute(state, creating: true)
        self.nginx = try Self.absolute(nginx, creating: false)
        run = try Self.runDirectory(for: self.state)
        try takePlace()
        for directory in [run, log, state + "/tls", state + "/credentials"] {
            try Self.makeDirectory(directory)
        }
        try makeCertificate()
    }

    /// A reason not to start, for the person at the terminal.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static func absolute(_ path: String, creating: Bool) throws -> String {
        if creating { try makeDirectory(path) }
        guard let resolved = realpath(path, nil) else {
            throw Failure(description: "There is no directory \(path).")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A directory for this state alone, below the user's runtime directory or in shared memory.
    private static func runDirectory(for state: String) throws -> String {
        var status = stat()
        stat(state, &status)
        let parent = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? "/dev/shm"
        guard access(parent, W_OK) == 0 else { return state + "/run" }
        let path = "\(parent)/atelier-\(status.st_dev)-\(status.st_ino)"
        // Others may write to shared memory too: what lies there must be ours.
        guard mkdir(path, 0o700) == 0 || errno == EEXIST, lstat(path, &status) == 0,
            status.st_uid == geteuid(), status.st_mode & 0o077 == 0,
            status.st_mode & S_IFMT == S_IFDIR
        else { throw Failure(description: "\(path) is in the way. Remove it.") }
        return path
    }

    private static func makeDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(description: "The directory \(path) cannot be made: \(error)")
        }
    }

    /// Held until the process ends.
    private func takePlace() throws {
        let descriptor = open(state + "/serve.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                description:
                    "Another `atelier serve` uses \(state). Stop it, or choose another --state.")
        }
    }

    /// A certificate of our own for localhost, made anew a week before it ends.
    private func makeCertificate() throws {
        let environment = ProcessInfo.processInfo.environment
        let oneWeek = "604800"
        let isGood =
            try access(certificate, R_OK) == 0 && access(certificateKey, R_OK) == 0
            && ChildProcess.run(
                [
                    "openssl", "x509", "-checkend", oneWeek, "-noout", "-out", "/dev/null", "-in",
                    certificate,
                ],
                environment: environment) == 0
        guard !isGood else { return }
        let status = try ChildProcess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "365", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", certificateKey, "-out",
                certificate,
            ], environment: environment)
        guard status == 0 else {
            throw Failure(
                description: "openssl could not make a certificate (exit status \(status)).")
        }
        chmod(certificateKey, 0o600)
    }
}
