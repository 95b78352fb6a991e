import FoundationEssentials
import TestSupport
import Testing
import Threads

@testable import Atelier

@Suite("Changes of files") final class FileWatcherTests {
    private let directory: String

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path
            + "/watched-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func touch(_ name: String) throws {
        try Data().write(to: URL(filePath: directory + "/" + name))
    }

    /// How many changes the kernel keeps for one who does not take them.
    private func queueLength() throws -> Int {
        let text = try String(
            contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
        return try #require(Int(text.split(separator: "\n")[0]))
    }

    @Test("Where the kernel has lost changes, no stop and no wake is lost")
    func overflow() throws {
        let length = try queueLength()
        try #require(length <= 100_000)
        let watcher = try FileWatcher()
        let (began, gate) = (Counter(), Counter())
        let seen = Monitor(Set<String>())
        try watcher.watch(directory: directory) { name in
            if name == "first" {
                began.increment()
                _ = gate.wait(for: 1, milliseconds: 60_000)
            }
            seen.change { _ = $0.insert(name) }
        }
        let file = directory + "/.followed"
        try Data("a".utf8).write(to: URL(filePath: file))
        let waiter = watcher.follow(file: file)
        try touch("first")
        try #require(began.wait(for: 1))
        for number in 0...length {
            try touch("\(number % 2)")
        }
        try touch("the stop")
        try #require(StreamFile(file)).append([1])
        gate.increment()
        let isSeen = seen.wait(upTo: .seconds(30)) { $0.contains("the stop") ? true : nil }
        #expect(isSeen == true)
        #expect(waiter.wait(upTo: .seconds(30)))
        watcher.stopFollowing(waiter)
    }

    @Test func aStopThatIsAskedForAgainIsHeardAgain() throws {
        let watcher = try FileWatcher()
        let heard = Counter()
        try watcher.watch(directory: directory) { _ in heard.increment() }
        try touch("id")
        try #require(heard.wait(for: 1))
        try touch("id")
        #expect(heard.wait(for: 2))
    }

    @Test func theEndOfAWriterIsAChange() throws {
        let watcher = try FileWatcher()
        var log: StreamLog? = try StreamLog("id", in: directory)
        let waiter = watcher.follow(file: directory + "/id")
        #expect(!waiter.wait(upTo: .zero))
        withExtendedLifetime(log) {}
        log = nil
        #expect(waiter.wait(upTo: .seconds(30)))
        let reader = try StreamLogReader(path: directory + "/id")
        #expect(reader?.isAbandoned == true)
    }
}
