import JSON
import SQL

/// `/status`: what the processes do right now, as php-fpm tells it.
struct StatusPage: JSONObject {
    fileprivate struct Process: JSONObject {
        let pid: Int
        let startedMs: Int
        let upSeconds: Int
        /// How long ago it showed that it lives; grows when it hangs.
        let heartbeatSeconds: Int
        let busy: Int
        let idle: Int
        let limit: Int
        let streams: Int
        let requests: Int
        let longestSeconds: Int
        let running: [Running]?

        func writeMembers(to json: inout JSONWriter) {
            json.member("pid", pid)
            json.member("started_ms", startedMs)
            json.member("up_seconds", upSeconds)
            json.member("heartbeat_age_seconds", heartbeatSeconds)
            json.member("busy", busy)
            json.member("idle", idle)
            json.member("limit", limit)
            json.member("streams", streams)
            json.member("requests", requests)
            json.member("longest_seconds", longestSeconds)
            json.member("running", ifAny: running)
        }
    }

    fileprivate struct Running: JSONObject {
        let request: String
        let method: String
        let route: String
        let seconds: Int

        func writeMembers(to json: inout JSONWriter) {
            json.member("request", request)
            json.member("method", method)
            json.member("route", route)
            json.member("seconds", seconds)
        }
    }

    private let version = Version.text
    private let workers: [Process]
    private let jobs: [Process]
    private let queueIsWaiting: Bool
    private let backup: BackupRecord?

    func writeMembers(to json: inout JSONWriter) {
        json.member("version", version)
        json.member("workers", workers)
        json.member("jobs", jobs)
        json.member("queue_waiting", queueIsWaiting)
        json.member("backup", backup)
    }

    /// - Parameter isFull: Whether running requests are listed.
    init(processes: [ScoreboardView], backup: BackupRecord?, isFull: Bool, nowMs: Int) {
        func all(_ role: Scoreboard.Role) -> [Process] {
            processes.filter { $0.isAlive && $0.role == role }
                .map { Process($0, isFull: isFull, nowMs: nowMs) }
        }
        workers = all(.worker)
        jobs = all(.jobs)
        queueIsWaiting = processes.contains { $0.isAlive && $0.hasQueue }
        self.backup = backup
    }

    /// The same as a table for people.
    var text: String {
        var lines = [
            "atelier \(version): \(workers.count) workers, \(jobs.count) jobs, queue "
                + (queueIsWaiting ? "waiting" : "empty")
        ]
        if let backup { lines.append(Self.line(about: backup)) }
        lines += ["", Self.row(Self.columns)]
        lines +=
            workers.map { Self.row($0.cells("worker")) } + jobs.map { Self.row($0.cells("jobs")) }
        let running = (workers + jobs).flatMap { process in
            (process.running ?? []).map { (process.pid, $0) }
        }
        if !running.isEmpty {
            lines += [
                "",
                Self.row(["pid", "seconds", "method"])
                    + "  request                           route",
            ]
        }
        lines += running.map { pid, request in
            Self.row(["\(pid)", "\(request.seconds)", request.method])
                + "  \(Self.padded(request.request, to: 32))  \(request.route)"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let columns = [
        "role", "pid", "up s", "busy", "idle", "limit", "streams", "requests", "longest s",
        "beat s",
    ]

    private static func row(_ cells: [String]) -> String {
        cells.map { padded($0, to: 9) }.joined(separator: " ")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func line(about backup: BackupRecord) -> String {
        if let error = backup.error { return "last backup failed: \(error)" }
        return "last backup: \(backup.file ?? "?"), \(backup.bytes ?? 0) bytes, "
            + (backup.verified ? "verified" : "not verified")
    }
}

extension StatusPage.Process {
    fileprivate init(_ view: ScoreboardView, isFull: Bool, nowMs: Int) {
        func seconds(since ms: Int) -> Int { max(0, nowMs - ms) / 1000 }
        pid = view.pid
        startedMs = view.startedMs
        upSeconds = seconds(since: view.startedMs)
        heartbeatSeconds = seconds(since: view.beatMs)
        busy = view.busy
        idle = view.idle
        limit = view.limit
        streams = view.streams
        requests = view.requests
        longestSeconds = view.running.first.map { seconds(since: $0.startedMs) } ?? 0
        running =
            !isFull
            ? nil
            : view.running.map {
                StatusPage.Running(
                    request: $0.id, method: $0.method, route: $0.route,
                    seconds: seconds(since: $0.startedMs))
            }
    }

    fileprivate func cells(_ role: String) -> [String] {
        [role]
            + [
                pid, upSeconds, busy, idle, limit, streams, requests, longestSeconds,
                heartbeatSeconds,
            ].map(String.init)
    }
}
