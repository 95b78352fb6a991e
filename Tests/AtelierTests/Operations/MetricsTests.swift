import Testing

@testable import Atelier

@Suite struct MetricsTests {
    private let directory: RunDirectory
    private let scoreboard: Scoreboard

    init() throws {
        directory = try RunDirectory()
        scoreboard = directory.scoreboard()
    }

    private func lines(backup: BackupRecord? = nil) -> [Substring] {
        MetricsPage(
            processes: scoreboard.views, providers: [], disks: [], backup: backup, nowMs: 0
        ).text.split(separator: "\n")
    }

    @Test func moneyIsShownInDollarsWithoutRounding() {
        scoreboard.add(1_234_567_890_123, to: Series(.cost, "p", "m"))
        scoreboard.add(7, to: Series(.cost, "p", "n"))
        #expect(lines().contains(#"atelier_cost_usd_total{provider="p",model="m"} 1234.567890123"#))
        #expect(lines().contains(#"atelier_cost_usd_total{provider="p",model="n"} 0.000000007"#))
    }

    @Test func bucketsOfAHistogramHoldThoseBelow() {
        for milliseconds in [0, 1, 3, 700, 60_000] {
            scoreboard.observe(.milliseconds(milliseconds), in: Series(.gateWait))
        }
        let name = "atelier_sqlite_gate_wait_seconds"
        for (bound, count) in [
            ("0.001", 2), ("0.005", 3), ("0.5", 3), ("1", 4), ("10", 4), ("+Inf", 5),
        ] {
            #expect(lines().contains("\(name)_bucket{le=\"\(bound)\"} \(count)"))
        }
        #expect(lines().contains("\(name)_count 5"))
        #expect(lines().contains("\(name)_sum 60.704000000"))
    }

    @Test("A label cannot break out of its quotation marks")
    func escaping() {
        scoreboard.add(1, to: Series(.providerErrors, "a\"b\\c\nd", "x"))
        #expect(
            lines().contains(#"atelier_provider_errors_total{provider="a\"b\\c\nd",code="x"} 1"#))
    }

    @Test func theLastBackupIsThere() {
        let failed = BackupRecord(
            started: 1, finished: 5000, verified: false, error: "disk")
        #expect(lines(backup: failed).contains("atelier_backup_ok 0"))
        #expect(
            lines(backup: failed).contains("atelier_backup_finished_timestamp_seconds 5.000000000"))
        let good = BackupRecord(started: 1, finished: 2, file: "f", bytes: 9, verified: true)
        #expect(lines(backup: good).contains("atelier_backup_verified 1"))
        #expect(lines(backup: good).contains("atelier_backup_size_bytes 9"))
    }
}
