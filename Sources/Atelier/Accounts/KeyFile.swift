import FoundationEssentials
import Glibc
import Logging

/// The file that holds the secret all keys are made from.
struct KeyFile {
    let path: String

    private static let shortest = 32

    /// Whether a text can be random: long enough, printable, and not a few characters over and over.
    /// A power cut can leave a file of the right length full of NUL.
    static func isSound(_ secret: String) -> Bool {
        let bytes = Array(secret.utf8)
        return bytes.count >= shortest && Set(bytes).count >= 8
            && !bytes.contains { $0 < 0x20 || $0 == 0x7f }
    }

    /// A key that cannot be used, for the person at the terminal.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The secret of a configuration; makes it where there is none.
    ///
    /// Without a credential and a file's name it lies in the run directory, where all workers find it:
    /// people then stay signed in until the next reboot at least.
    static func secret(of settings: Settings, logger: Logger) throws -> String {
        if let secret = settings.tokenKey { return secret }
        if let path = settings.tokenKeyFile { return try KeyFile(path: path).secret() }
        logger.warning(
            "no key to sign tokens with was given; one of the run directory is used",
            metadata: ["variable": "ATELIER_TOKEN_KEY_FILE"])
        return try KeyFile(path: settings.runDirectory + "/token-key").secret()
    }

    /// What the file holds; of several processes that make it at once, all get the same.
    func secret() throws -> String {
        if access(path, F_OK) != 0, errno == ENOENT { try make() }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Failure(description: "The key file \(path) cannot be read: \(error)")
        }
        let secret = text.split(whereSeparator: \.isWhitespace).joined()
        guard Self.isSound(secret) else {
            throw Failure(
                description:
                    "The key file \(path) does not hold \(Self.shortest) random characters. Remove "
                    + "it: a new one is made, and everybody stays signed in.")
        }
        return secret
    }

    /// Complete from the first moment, and never in the place of another: a link fails where there
    /// is a file.
    private func make() throws {
        let draft = "\(path).\(getpid()).\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                description:
                    "The key file \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { unlink(draft) }
        defer { close(descriptor) }
        let text = Array((OpaqueToken(prefix: "").text + "\n").utf8)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw Failure(
                description:
                    "The key file \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        if let slash = path.lastIndex(of: "/"),
            let owner = try? FileOwner(of: String(path[..<slash]))
        {
            try owner.take(draft)
        }
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw Failure(
                description:
                    "The key file \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}
