import FoundationEssentials
import Glibc
import Providers
import SQL

/// Looks at a configuration and at all it names; holds no secret, so that all of it may be printed.
public struct ConfigurationCheck {
    /// What has to be mended, each with what to do.
    public private(set) var faults: [String] = []
    /// What was found, for the person at the terminal.
    public private(set) var notes: [String] = []

    private let settings: Settings

    /// - Parameters:
    ///   - environment: The variables to check.
    ///   - readFile: Returns the text of a file; throws when it cannot.
    public init(
        environment: [String: String], readFile: @escaping (String) throws -> String
    ) {
        var reader = SettingsReader(environment: environment, readFile: readFile)
        settings = Settings(&reader)
        faults = reader.faults
        checkNames(of: environment, known: reader.known)
        for (key, path) in reader.secretFiles { checkSecret(path, "\(key) names \(path), which") }
        checkState()
        checkRun()
        checkBackups()
        checkDatabase()
        let names = settings.providers.map(\.name)
        notes.append(
            "providers: \(names.isEmpty ? "none" : names.joined(separator: ", "))")
    }

    /// Looks at the file that systemd takes the variables from, and at the credentials beside it.
    public mutating func checkFile(_ path: String, _ file: EnvironmentFile) {
        for line in file.ignoredLines {
            faults.append(
                "\(path), line \(line) sets nothing: systemd reads NAME=value, without `export`.")
        }
        let holdsSecret = file.variables.contains { name, value in
            !value.isEmpty && ["_KEY", "_PASSWORD"].contains { name.hasSuffix($0) }
        }
        if holdsSecret { checkSecret(path, "\(path) holds a secret and") }
        let credentials = Self.credentials(beside: path)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: credentials)) ?? [] {
            checkSecret("\(credentials)/\(name)", "\(credentials)/\(name)")
        }
    }

    /// Where the service's units take credentials from.
    public static func credentials(beside environmentFile: String) -> String {
        let parts = environmentFile.split(separator: "/", omittingEmptySubsequences: false)
        return (parts.dropLast() + ["credentials"]).joined(separator: "/")
    }
}

extension ConfigurationCheck {
    private mutating func checkNames(of environment: [String: String], known: Set<String>) {
        for name in environment.keys.sorted()
        where name.hasPrefix("ATELIER_") || name.hasPrefix("OPENROUTER_") {
            guard !known.contains(name) else { continue }
            let like = known.min { Self.distance($0, name) < Self.distance($1, name) }
            let advice =
                like.map { Self.distance($0, name) <= 3 ? " Is \($0) meant?" : "" } ?? ""
            faults.append("\(name) is set, but nothing reads it.\(advice)")
        }
    }

    /// How many letters have to be put in, left out or changed (Levenshtein).
    private static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second.utf8)
        var row = Array(0...second.count)
        for (index, byte) in first.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let change = diagonal + (second[column] == byte ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[second.count]
    }

    private mutating func checkSecret(_ path: String, _ subject: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o027 != 0 else { return }
        faults.append("\(subject) is open to others than its owner. Run: chmod 600 \(path)")
    }

    private mutating func checkState() {
        notes.append("state: \(settings.stateDirectory)")
        guard isDirectory(settings.stateDirectory) else {
            faults.append("ATELIER_STATE: there is no directory \(settings.stateDirectory).")
            return
        }
        requireWritable(settings.stateDirectory, "ATELIER_STATE")
        for path in [settings.databasePath, settings.runDirectory, settings.backupDirectory] {
            requireSameOwner(path)
        }
    }

    private mutating func checkRun() {
        if isDirectory(settings.runDirectory) {
            requireWritable(settings.runDirectory, "ATELIER_RUN")
        } else {
            notes.append("run: there is no \(settings.runDirectory) yet; the service makes it")
        }
    }

    private mutating func checkBackups() {
        let path = settings.backupDirectory
        if isDirectory(path) {
            notes.append("backups: \(path)")
            requireWritable(path, "ATELIER_BACKUPS")
        } else {
            let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                .joined(separator: "/")
            notes.append("backups: there is no \(path) yet; the first backup makes it")
            if isDirectory(parent) { requireWritable(parent, "ATELIER_BACKUPS") }
        }
    }

    private mutating func checkDatabase() {
        guard access(settings.databasePath, F_OK) == 0 || errno != ENOENT else {
            notes.append("database: none yet; `atelier migrate` makes it")
            return
        }
        do {
            let found = try Database.schemaVersion(of: settings.databasePath)
            let newest = Schema.migrations.count
            notes.append(
                "database: schema version \(found)"
                    + (found < newest ? "; `atelier migrate` brings it to \(newest)" : ""))
            if found > newest {
                faults.append(
                    "The database has schema version \(found), and atelier \(Version.text) knows "
                        + "versions up to \(newest). Install the newer program.")
            }
        } catch {
            faults.append("The database \(settings.databasePath) cannot be read: \(error)")
        }
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private mutating func requireWritable(_ path: String, _ key: String) {
        guard access(path, W_OK | X_OK) != 0 else { return }
        faults.append("\(key): \(path) cannot be written: \(String(cString: strerror(errno))).")
    }

    /// Root may write everywhere; the service runs as the one who owns the state.
    private mutating func requireSameOwner(_ path: String) {
        var state = stat()
        var other = stat()
        guard stat(settings.stateDirectory, &state) == 0, stat(path, &other) == 0,
            state.st_uid != other.st_uid
        else { return }
        faults.append(
            "\(path) belongs to another user than \(settings.stateDirectory). Run: "
                + "chown --reference=\(settings.stateDirectory) \(path)")
    }
}
