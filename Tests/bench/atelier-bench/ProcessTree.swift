import FoundationEssentials
import Glibc

/// A process and all its descendants, as proc(5) tells about them.
struct ProcessTree {
    let id: pid_t

    var children: [ProcessTree] {
        get throws {
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")
            return try threads.flatMap { thread in
                try Self.text("/proc/\(id)/task/\(thread)/children")
                    .split(separator: " ").compactMap { pid_t($0) }.map(ProcessTree.init)
            }
        }
    }

    /// What the process itself was started with.
    var arguments: [String] {
        get throws { try Self.text("/proc/\(id)/cmdline").split(separator: "\0").map(String.init) }
    }

    /// What the process itself has in memory.
    var ownMemory: ProcessMemory {
        get throws {
            ProcessMemory(
                resident: try Self.kibibytes("VmRSS:", in: "/proc/\(id)/status") * 1024,
                proportional: try Self.kibibytes("Pss:", in: "/proc/\(id)/smaps_rollup") * 1024)
        }
    }

    /// What all of them have in memory.
    var memory: ProcessMemory {
        get throws { try children.reduce(ownMemory) { try $0 + $1.memory } }
    }

    /// The processor time that all of them have used, in milliseconds.
    var processorMs: Double {
        get throws { try children.reduce(ownProcessorMs) { try $0 + $1.processorMs } }
    }

    private var ownProcessorMs: Double {
        get throws {
            // The second field, in parentheses, may hold spaces.
            let fields = try Self.text("/proc/\(id)/stat").split(separator: ")").last ?? ""
            let ticks = fields.split(separator: " ").dropFirst(11).prefix(2).compactMap {
                Double($0)
            }
            return ticks.reduce(0, +) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    private static func kibibytes(_ field: String, in path: String) throws -> Int {
        let line = try text(path).split(separator: "\n").first { $0.hasPrefix(field) }
        guard let number = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure("\(path) has no \(field)")
        }
        return number
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }
}
