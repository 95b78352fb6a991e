import HTTPTypes
import JSON
import Logging
import Providers
import SQL
import Web

/// Whether the service works: for monitors, and for the load balancer in front.
///
/// Anybody may ask, so the answer holds codes only: no names, paths or numbers.
struct HealthRoutes: Sendable {
    /// How much a finding matters.
    private enum Weight: Comparable {
        case fine
        /// Something is missing, and people can work all the same.
        case degraded
        case failing
    }

    struct Report: JSONObject {
        let status: String
        let checks: [(name: String, code: String)]

        func writeMembers(to json: inout JSONWriter) {
            json.member("status", status)
            json.member("version", Version.text)
            json.member("checks") {
                $0.object { for check in checks { $0.member(named: check.name, check.code) } }
            }
        }
    }

    let settings: Settings
    let scoreboard: Scoreboard
    /// `nil` while it cannot be opened.
    let database: Database?
    let providers: @Sendable () -> [ProviderStatus]
    let logger: Logger
    private let memory = HealthMemory()

    init(
        settings: Settings, scoreboard: Scoreboard, database: Database?,
        providers: @escaping @Sendable () -> [ProviderStatus], logger: Logger
    ) {
        self.settings = settings
        self.scoreboard = scoreboard
        self.database = database
        self.providers = providers
        self.logger = logger
    }

    func add(to router: inout Router) {
        router.get("/health/live") { _ in .json(Report(status: "ok", checks: [])) }
        router.get("/health", health)
    }

    /// 503 when something is missing that the service cannot do without.
    private func health(_ request: Request) -> Response {
        let report = memory.report(look) ?? Self.withoutLook
        return .json(report, status: report.status == "failing" ? .serviceUnavailable : .ok)
    }

    /// Nobody has come back from a look for long: what hangs is the disk, or the database.
    private static let withoutLook = Report(
        status: "failing", checks: [("database", "storage_unavailable")])

    /// Looks at what the service cannot do without, and at what it can do without for a while.
    private func look() -> Report {
        let nowMs = UnixTime.milliseconds
        let findings = [
            ("database", checkDatabase(), Weight.failing), ("disk", checkDisk(), .failing),
            ("jobs", checkJobs(nowMs: nowMs), .failing), ("providers", checkProviders(), .degraded),
            ("backup", checkBackup(nowMs: nowMs), .degraded),
        ]
        let worst = findings.map { $0.1 == nil ? Weight.fine : $0.2 }.max() ?? .fine
        let checks = findings.map { (name: $0.0, code: $0.1 ?? "ok") }
        let status =
            switch worst {
            case .fine: "ok"
            case .degraded: "degraded"
            case .failing: "failing"
            }
        return Report(status: status, checks: checks)
    }

    // MARK: The checks, each with a code for what it found wrong

    /// Whether it can be written.
    private func checkDatabase() -> String? {
        guard let database else { return "storage_unavailable" }
        do {
            try database.write { try $0.execute("UPDATE instance SET id = id") }
            return nil
        } catch {
            logger.error("health: the database cannot be written", metadata: ["cause": "\(error)"])
            return (error as? SQLError).flatMap(StorageProblem.init)?.problem.code.rawValue
                ?? "storage_unavailable"
        }
    }

    private func checkDisk() -> String? {
        let low = DiskSpace.all(of: settings).filter(\.isLow)
        for disk in low {
            logger.error(
                "health: too little disk space",
                metadata: ["directory": "\(disk.name)", "free": "\(disk.free)"])
        }
        return low.isEmpty ? nil : "disk_full"
    }

    /// Longer than any piece of its work.
    private static let longestJobMs = 30_000

    /// Whether the jobs process lives. Where it has yet to start, it has as long as this one.
    private func checkJobs(nowMs: Int) -> String? {
        let beats = ScoreboardView.all(beside: scoreboard).filter { $0.role == .jobs }.map(\.beatMs)
        let last = max(beats.max() ?? 0, scoreboard.startedMs)
        guard nowMs - last > Self.longestJobMs else { return nil }
        logger.error("health: the jobs process shows no life", metadata: ["ms": "\(nowMs - last)"])
        return "jobs_stale"
    }

    /// Whether all answered when they were asked last; they are not asked now.
    private func checkProviders() -> String? {
        providers().allSatisfy { $0.state == .ok || $0.state == .loading }
            ? nil : "provider_unavailable"
    }

    /// A new installation has none, and is fine.
    private func checkBackup(nowMs: Int) -> String? {
        guard let backup = BackupRecord.read(from: settings.stateDirectory) else {
            return nil
        }
        if backup.error != nil { return "backup_failed" }
        return backup.isOld(nowMs: nowMs) ? "backup_old" : nil
    }
}
