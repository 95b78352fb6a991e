import Glibc
import Providers
import SQL

/// `/metrics` in Prometheus's text format 0.0.4.
struct MetricsPage {
    private(set) var text = ""

    /// - Parameters:
    ///   - processes: All there are and were; the counters of those that have ended count too.
    ///   - providers: As this worker knows them.
    init(
        processes: [ScoreboardView], providers: [ProviderStatus], disks: [DiskSpace],
        backup: BackupRecord?, nowMs: Int
    ) {
        add(
            .gauge, "atelier_build_info", "The program and its SQLite, in labels; always 1.",
            [("version=\"\(Version.text)\",sqlite=\"\(Database.version)\"", "1")])
        addSums(of: processes)
        addThreads(of: processes.filter { $0.isAlive && $0.role == .worker })
        addProcesses(processes, nowMs: nowMs)
        add(
            .gauge, "atelier_provider_up", "Whether a provider answers with its list of models.",
            providers.map { ("provider=\"\(Self.escaped($0.name))\"", $0.state == .ok ? "1" : "0") }
        )
        for (name, help, value) in [
            ("atelier_disk_free_bytes", "Free space where the data lies.", \DiskSpace.free),
            ("atelier_disk_size_bytes", "Size of the file system where the data lies.", \.size),
        ] {
            add(
                .gauge, name, help,
                disks.map { ("directory=\"\($0.name)\"", "\($0[keyPath: value])") })
        }
        if let backup { add(backup) }
    }

    // MARK: Parts

    private mutating func addSums(of processes: [ScoreboardView]) {
        var sums: [String: [Int]] = [:]
        for (text, values) in processes.flatMap(\.series) {
            let sum = sums[text] ?? []
            sums[text] = values.indices.map {
                values[$0] + (sum.indices.contains($0) ? sum[$0] : 0)
            }
        }
        let byName = Dictionary(grouping: sums.sorted { $0.key < $1.key }) { Self.name(of: $0.key) }
        for metric in Metric.allCases {
            let series = (byName[metric.rawValue] ?? []).filter { $0.value.count == metric.width }
                .map { (labels: Self.labels(of: $0.key), values: $0.value) }
            metric.isHistogram ? addHistogram(metric, series) : addCounter(metric, series)
        }
    }

    private mutating func addCounter(_ metric: Metric, _ series: [(labels: String, values: [Int])])
    {
        // Without labels there is one series, and it is there from the start.
        let series = series.isEmpty && metric.labels.isEmpty ? [("", [0])] : series
        add(
            .counter, metric.rawValue, metric.help,
            series.map {
                ($0.labels, metric.isNano ? Self.billionths($0.values[0]) : "\($0.values[0])")
            })
    }

    private mutating func addHistogram(
        _ metric: Metric, _ series: [(labels: String, values: [Int])]
    ) {
        guard !series.isEmpty else { return }
        head(.histogram, metric.rawValue, metric.help)
        for (labels, values) in series {
            let comma = labels.isEmpty ? "" : ","
            var count = 0
            for (bucket, bound) in (Metric.bounds.map(\.seconds) + ["+Inf"]).enumerated() {
                count += values[bucket]
                line("\(metric.rawValue)_bucket", "\(labels)\(comma)le=\"\(bound)\"", "\(count)")
            }
            line("\(metric.rawValue)_sum", labels, Self.billionths(values[values.count - 1]))
            line("\(metric.rawValue)_count", labels, "\(count)")
        }
    }

    private mutating func addThreads(of workers: [ScoreboardView]) {
        func sum(_ value: (ScoreboardView) -> Int) -> String {
            "\(workers.reduce(0) { $0 + value($1) })"
        }
        add(
            .gauge, "atelier_threads", "Threads of all workers.",
            [("state=\"busy\"", sum(\.busy)), ("state=\"idle\"", sum(\.idle))])
        add(
            .gauge, "atelier_threads_limit", "The most threads that all workers may have.",
            [("", sum(\.limit))])
        add(
            .gauge, "atelier_streams_open", "Requests that hold a thread for long.",
            [("", sum(\.streams))])
        add(
            .gauge, "atelier_queue_waiting", "Whether connections wait for a thread.",
            [("", workers.contains(where: \.hasQueue) ? "1" : "0")])
    }

    private mutating func addProcesses(_ processes: [ScoreboardView], nowMs: Int) {
        func labels(_ process: ScoreboardView) -> String {
            "role=\"\(process.role.rawValue)\",number=\"\(process.number)\""
        }
        let alive = processes.filter(\.isAlive)
        add(
            .gauge, "atelier_process_start_time_seconds", "When each process began, Unix time.",
            alive.map { (labels($0), Self.seconds(ms: $0.startedMs)) })
        add(
            .gauge, "atelier_process_heartbeat_age_seconds", "Since when a process shows no life.",
            alive.map { (labels($0), Self.seconds(ms: max(0, nowMs - $0.beatMs))) })
        guard let beatMs = processes.filter({ $0.role == .jobs }).map(\.beatMs).max() else {
            return
        }
        add(
            .gauge, "atelier_jobs_heartbeat_age_seconds",
            "Since when the jobs process shows no life, living or not.",
            [("", Self.seconds(ms: max(0, nowMs - beatMs)))])
    }

    private mutating func add(_ backup: BackupRecord) {
        add(
            .gauge, "atelier_backup_finished_timestamp_seconds", "When the last backup ended.",
            [("", Self.seconds(ms: backup.finished))])
        add(
            .gauge, "atelier_backup_ok", "Whether the last backup succeeded.",
            [("", backup.error == nil ? "1" : "0")])
        add(
            .gauge, "atelier_backup_verified", "Whether the last backup was verified.",
            [("", backup.verified ? "1" : "0")])
        guard let bytes = backup.bytes else { return }
        add(.gauge, "atelier_backup_size_bytes", "Size of the last backup.", [("", "\(bytes)")])
    }

    // MARK: The format

    private enum Kind: String { case counter, gauge, histogram }

    private mutating func add(
        _ kind: Kind, _ name: String, _ help: String, _ samples: [(labels: String, value: String)]
    ) {
        guard !samples.isEmpty else { return }
        head(kind, name, help)
        for (labels, value) in samples { line(name, labels, value) }
    }

    private mutating func head(_ kind: Kind, _ name: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// The value of a label between its quotation marks.
    static func escaped(_ value: String) -> String {
        String(
            value.prefix(120).flatMap { character -> [Character] in
                switch character {
                case "\\": ["\\", "\\"]
                case "\"": ["\\", "\""]
                case "\n", "\r\n": ["\\", "n"]
                default: [character]
                }
            })
    }

    /// The metric of a series.
    static func name(of series: String) -> String { String(series.prefix { $0 != "{" }) }

    private static func labels(of series: String) -> String {
        String(series.drop { $0 != "{" }.dropFirst().dropLast())
    }

    private static func seconds(ms: Int) -> String { billionths(ms * 1_000_000) }

    private static func billionths(_ value: Int) -> String {
        let digits = String(value % 1_000_000_000)
        return
            "\(value / 1_000_000_000).\(String(repeating: "0", count: 9 - digits.count))\(digits)"
    }
}
