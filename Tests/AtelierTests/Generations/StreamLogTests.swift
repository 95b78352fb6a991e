import Foundation
import TestSupport
import Testing

@testable import Atelier

@Suite("The file of a live stream")
final class StreamLogTests {
    private let directory: String

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.path + "/streams-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private var streams: StreamDirectory {
        get throws { try StreamDirectory(runDirectory: directory) }
    }

    @Test("A sweep never meets a stream without its runner")
    func bornLocked() throws {
        let streams = try streams
        let taken = Counter()
        let ended = Counter()
        let sweep = JoinableThread {
            while ended.value == 0 {
                for id in (try? streams.streams()) ?? [] {
                    if case .abandoned = try? StreamLog.takeOver(path: streams.streamPath(id)) {
                        taken.increment()
                    }
                }
            }
        }
        let running = try (0..<500).map { try streams.begin("stream-\($0)") }
        ended.increment()
        sweep.join()
        for log in running { log.remove() }
        #expect(taken.value == 0)
    }

    @Test("An id has one stream")
    func exclusive() throws {
        let log = try streams.begin("one")
        #expect(throws: (any Error).self) { try streams.begin("one") }
        log.remove()
    }

    @Test("Who has read a part of a frame that was cut reads what comes in its place")
    func cutFrame() throws {
        let path = try streams.streamPath("one")
        do {
            try streams.begin("one").append([StreamEvent(kind: .delta, payload: [1, 2])])
        }
        let torn = StreamFrame.encode([StreamEvent(kind: .delta, payload: [3, 4, 5, 6])])
        try #require(StreamFile(path)).append(Array(torn.dropLast(2)))
        let reader = try StreamLogReader(path: path)
        #expect(try reader?.next().map(\.payload) == [[1, 2]])
        guard case .abandoned(let owner) = try StreamLog.takeOver(path: path) else {
            Issue.record("the stream still has its runner")
            return
        }
        _ = try owner.contents()
        try owner.append([StreamEvent(kind: .delta, payload: [7, 8, 9])])
        #expect(try reader?.next().map(\.payload) == [[7, 8, 9]])
    }
}
