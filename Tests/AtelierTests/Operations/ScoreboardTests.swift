import FoundationEssentials
import TestSupport
import Testing
import Threads

@testable import Atelier

/// A run directory for one test.
final class RunDirectory: Sendable {
    let path =
        FileManager.default.temporaryDirectory.path
        + "/atelier-run-\(UInt64.random(in: 0 ... .max))"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func scoreboard(_ role: Scoreboard.Role = .worker, threads: Int = 4) -> Scoreboard {
        Scoreboard(role: role, runDirectory: path, threads: threads)
    }
}

extension Scoreboard {
    /// The sum over all processes; of a histogram, of its first number.
    func sum(_ series: Series, number: Int = 0) -> Int {
        ScoreboardView.all(beside: self).flatMap(\.series).filter { $0.text == series.text }
            .reduce(0) { $0 + $1.values[number] }
    }

    var views: [ScoreboardView] { ScoreboardView.all(beside: self) }
}

@Suite struct ScoreboardTests {
    private let directory: RunDirectory

    init() throws { directory = try RunDirectory() }

    private let series = Series(.generations, "completed")

    @Test func anyProcessSeesWhatAllHaveCounted() {
        let one = directory.scoreboard()
        let other = directory.scoreboard()
        let jobs = directory.scoreboard(.jobs)
        one.add(3, to: series)
        other.add(4, to: series)
        jobs.add(5, to: series)
        other.add(1, to: Series(.generations, "failed"))
        for scoreboard in [one, other, jobs] { #expect(scoreboard.sum(series) == 12) }
        #expect(one.views.filter(\.isAlive).map(\.number) == [0, 1, 0])
        #expect(one.views.map(\.role) == [.worker, .worker, .jobs])
    }

    @Test func whatAnEndedProcessCountedStaysAndIsCountedOn() {
        let watcher = directory.scoreboard(.jobs)
        var worker: Scoreboard? = directory.scoreboard()
        worker?.add(3, to: series)
        var load = Scoreboard.Load()
        load.busy = 2
        worker?.publish(load)
        let slot = worker?.takeSlot()
        worker?.show(id: "r", method: "GET", route: "/x", in: slot!)
        worker = nil
        #expect(watcher.views.map(\.isAlive) == [false, true])
        #expect(watcher.sum(series) == 3)

        let next = directory.scoreboard(threads: 8)
        #expect(watcher.views.count == 2, "the place of the ended one")
        #expect(watcher.sum(series) == 3)
        let view = watcher.views[0]
        #expect(view.isAlive && view.busy == 0 && view.running.isEmpty && view.requests == 0)
        #expect(view.limit == 8)
        next.add(1, to: series)
        next.add(1, to: Series(.generations, "stopped"))
        #expect(watcher.sum(series) == 4)
        #expect(watcher.sum(Series(.generations, "stopped")) == 1)
    }

    @Test("Processes may start and end at the same moment, and no count is lost")
    func manyAtOnce() throws {
        let threads = try (0..<8).map { _ in
            try Thread.start { [directory] in
                for _ in 0..<100 {
                    let scoreboard = directory.scoreboard()
                    #expect(scoreboard.isShared)
                    scoreboard.add(1, to: Series(.generations, "completed"))
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(directory.scoreboard().sum(series) == 800)
    }

    @Test func countsOfManyThreadsAreExact() throws {
        let scoreboard = directory.scoreboard()
        let threads = try (0..<4).map { thread in
            try Thread.start {
                for index in 0..<5000 {
                    scoreboard.add(1, to: Series(.tokens, "kind \((index + thread) % 7)"))
                    scoreboard.observe(.milliseconds(2), in: Series(.gateWait))
                }
            }
        }
        for thread in threads { thread.join() }
        let sum = (0..<7).reduce(0) { $0 + scoreboard.sum(Series(.tokens, "kind \($1)")) }
        #expect(sum == 20_000)
        #expect(scoreboard.sum(Series(.gateWait), number: 1) == 20_000)
        #expect(
            scoreboard.sum(Series(.gateWait), number: Metric.gateWait.width - 1)
                == 20_000 * 2_000_000)
    }

    @Test("Labels that clients or providers make up cannot fill the memory")
    func manySeries() {
        let scoreboard = directory.scoreboard()
        for index in 0..<5000 {
            scoreboard.add(
                1, to: Series(.cost, "p", "\(index) " + String(repeating: "m", count: 1000)))
        }
        #expect(scoreboard.sum(Series(.cost, "other", "other")) == 5000 - Metric.seriesLimit)
        scoreboard.add(1, to: series)
        #expect(scoreboard.sum(series) == 1)
        let all = scoreboard.views[0].series.map { $0.values[0] }.reduce(0, +)
        #expect(all == 5001)
    }

    @Test func aFullMemoryLosesCountsAndNothingElse() {
        let scoreboard = directory.scoreboard()
        for metric in Metric.allCases where metric.labels.count >= 2 {
            for index in 0..<Metric.seriesLimit {
                let long = String(repeating: "l", count: 110) + "\(index)"
                scoreboard.add(1, to: Series(metric, long, long, long))
            }
        }
        let used = scoreboard.views[0].series.count
        #expect(used > 100 && used < 4 * Metric.seriesLimit)
        #expect(!directory.scoreboard().views.isEmpty)
    }

    @Test(
        "A file that is no scoreboard, or one of another layout, is begun anew",
        arguments: [0, 8, 4096, 300_000])
    func foreignFile(size: Int) throws {
        try FileManager.default.createDirectory(
            atPath: directory.path + "/scoreboards", withIntermediateDirectories: true)
        _ = FileManager.default.createFile(
            atPath: directory.path + "/scoreboards/worker-0",
            contents: Data(repeating: 0x5a, count: size))
        let watcher = directory.scoreboard(.jobs)
        #expect(watcher.views.map(\.role) == [.jobs], "it is not shown")
        let scoreboard = directory.scoreboard()
        scoreboard.add(2, to: series)
        #expect(scoreboard.isShared && watcher.sum(series) == 2)
    }

    @Test func whereTheRunDirectoryIsAwayAProcessCountsForItself() {
        let scoreboard = Scoreboard(role: .worker, runDirectory: "/nowhere", threads: 2)
        scoreboard.add(2, to: series)
        #expect(!scoreboard.isShared)
        #expect(scoreboard.sum(series) == 2)
    }

    @Test func runningRequestsAreShownTheOldestFirst() {
        let scoreboard = directory.scoreboard(threads: 2)
        let slots = [scoreboard.takeSlot(), scoreboard.takeSlot(), scoreboard.takeSlot()]
        #expect(slots[2] == nil)
        let id = String(repeating: "a", count: 40)
        scoreboard.show(id: id, method: "PROPPATCHES", route: "/notes/{id}", in: slots[0]!)
        scoreboard.show(id: "b", method: "GET", route: "/notes", in: slots[1]!)
        let running = directory.scoreboard().views[0].running
        #expect(running.map(\.route).sorted() == ["/notes", "/notes/{id}"])
        #expect(running.map(\.method).sorted() == ["GET", "PROPPATC"])
        #expect(running.map(\.id).sorted() == [String(repeating: "a", count: 32), "b"])
        scoreboard.free(slot: slots[0]!)
        #expect(scoreboard.views[0].running.map(\.id) == ["b"])
        #expect(scoreboard.takeSlot() == slots[0])
        #expect(scoreboard.views[0].requests == 4)
    }
}
