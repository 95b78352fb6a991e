import FoundationEssentials
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

@Suite struct HealthTests {
    private let bench: Workbench
    private let scoreboard: Scoreboard

    init() throws {
        bench = try Workbench()
        scoreboard = Scoreboard(role: .worker, runDirectory: bench.settings.runDirectory)
    }

    private struct Report: Decodable {
        let status: String
        let checks: [String: String]
    }

    private func health(_ bench: Workbench) throws -> (code: Int, report: Report) {
        let answer = Client(product: bench.product).get("/health")
        return (answer.status, try answer.json(Report.self))
    }

    /// The same, as a worker tells it that began a minute ago.
    private func healthAfterAMinute() throws -> (code: Int, report: Report) {
        let field = ScoreboardLayout.Field.startedMs
        scoreboard.memory.store(UnixTime.milliseconds - 60_000, at: field.offset)
        let product = try Product(
            settings: bench.settings, scoreboard: scoreboard,
            writeQueue: scoreboard.writeQueue(), logger: Workbench.silentLogger)
        let answer = Client(product: product).get("/health")
        return (answer.status, try answer.json(Report.self))
    }

    /// From a worker that has not looked before.
    private func freshHealth() throws -> Answer {
        try Client(product: bench.secondWorker()).get("/health")
    }

    @Test("Whoever asks often does not make the service look often")
    func rememberedForASecond() throws {
        func waits() -> Int {
            Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory)
                .sum(Series(.gateWait))
        }
        _ = try health(bench)
        let before = waits()
        for _ in 0..<100 { #expect(try health(bench).code == 200) }
        #expect(waits() - before < 50)
    }

    @Test("While one looks, however long, the others have the last report or wait for it")
    func oneLooks() throws {
        let memory = HealthMemory()
        let (began, gate) = (Counter(), Counter())
        let looking = JoinableThread {
            _ = memory.report {
                began.increment()
                _ = gate.wait(for: 1)
                return HealthRoutes.Report(status: "ok", checks: [])
            }
        }
        try #require(began.wait(for: 1))
        let answers = Counter()
        let askers = (0..<20).map { _ in
            JoinableThread {
                let report = memory.report {
                    began.increment()
                    return HealthRoutes.Report(status: "failing", checks: [])
                }
                if report?.status == "ok" { answers.increment() }
            }
        }
        sleep(milliseconds: 20)
        gate.increment()
        for thread in askers + [looking] { thread.join() }
        #expect(began.value == 1)
        #expect(answers.value == 20)
    }

    private func leaveBackup(_ json: String) throws {
        try json.write(
            toFile: bench.settings.stateDirectory + "/backup.json", atomically: true,
            encoding: .utf8)
    }

    @Test func allIsWellRightAfterTheStart() throws {
        for _ in 0..<1000 where try health(bench).report.status != "ok" { sleep(milliseconds: 10) }
        let (code, report) = try health(bench)
        #expect(code == 200 && report.status == "ok")
        #expect(Set(report.checks.keys) == ["database", "disk", "jobs", "providers", "backup"])
        #expect(report.checks.values.allSatisfy { $0 == "ok" })
    }

    @Test func withoutJobsItFailsOnceTheyHadTimeToStart() throws {
        let (code, report) = try healthAfterAMinute()
        #expect(code == 503 && report.status == "failing")
        #expect(report.checks["jobs"] == "jobs_stale" && report.checks["database"] == "ok")
    }

    @Test func jobsAreWellAsLongAsTheyBeat() throws {
        let jobs = Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory)
        #expect(try healthAfterAMinute().code == 200)
        let beat = ScoreboardLayout.Field.beatMs.offset
        jobs.memory.store(UnixTime.milliseconds - 31_000, at: beat)
        #expect(try healthAfterAMinute().report.checks["jobs"] == "jobs_stale")
        jobs.beat()
        #expect(try healthAfterAMinute().code == 200)
    }

    @Test func aProviderThatIsAwayDegradesIt() throws {
        let bench = try Workbench(list: (500, "{}"))
        for _ in 0..<1000 where try health(bench).report.status != "degraded" {
            sleep(milliseconds: 10)
        }
        let (code, report) = try health(bench)
        #expect(code == 200 && report.status == "degraded")
        #expect(report.checks["providers"] == "provider_unavailable")
    }

    @Test("A backup that failed or is old degrades it, and tells strangers nothing more")
    func backups() throws {
        let now = UnixTime.milliseconds
        try leaveBackup(
            #"{"started": 1, "finished": \#(now), "verified": false, "error": "/secret/path"}"#)
        let failed = try freshHealth()
        #expect(try failed.json(Report.self).checks["backup"] == "backup_failed")
        #expect(failed.status == 200 && !failed.text.contains("secret"))
        let threeDays = 3 * 24 * 3600 * 1000
        try leaveBackup(
            #"{"started": 1, "finished": \#(now - threeDays), "file": "f", "bytes": 1, "verified": true}"#
        )
        #expect(try freshHealth().json(Report.self).checks["backup"] == "backup_old")
        try leaveBackup(
            #"{"started": \#(now), "finished": \#(now), "verified": true, "error": null}"#)
        #expect(try freshHealth().json(Report.self).checks["backup"] == "ok")
    }

    @Test(
        "Low is less than a twentieth, or than 200 MB where that is less",
        arguments: [
            (4, 100, true), (5, 100, false), (199 << 20, 1 << 40, true),
            (200 << 20, 1 << 40, false),
        ])
    func lowDisk(free: Int, size: Int, isLow: Bool) {
        #expect(DiskSpace(name: "state", free: free, size: size).isLow == isLow)
    }
}
