import FoundationEssentials
import Glibc

/// What the figures depend on.
enum MachineFacts {
    static var text: String {
        let processor =
            value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown processor"
        let system =
            value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "unknown system"
        return """
            \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores (\(processor)), \(system), kernel \(kernel)
            \(version(of: "nginx", "-v")); \(version(of: "wrk", "-v"))
            load average before the run: \(loadAverage)
            """
    }

    private static var kernel: String {
        read("/proc/sys/kernel/osrelease").split(separator: "\n").first.map(String.init)
            ?? "unknown"
    }

    private static var loadAverage: String {
        read("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
    }

    private static func value(of key: String, in path: String, separator: Character) -> String? {
        let line = read(path).split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(separator: separator, maxSplits: 1).last
            .map { $0.filter { $0 != "\"" } }
            .map { String($0.drop { $0.isWhitespace }) }
    }

    /// The first line that a program prints about itself.
    private static func version(of program: String, _ flag: String) -> String {
        guard let place = try? TemporaryDirectory() else { return program }
        defer { place.remove() }
        let output = place.path + "/version"
        _ = try? ChildProcess.run([program, flag], output: output)
        let line = read(output).split(separator: "\n").first ?? "\(program) is missing"
        return String(line.prefix(80))
    }

    private static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
