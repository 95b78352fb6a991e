import Testing
import Threads

@testable import SQL

@Suite struct UUIDv7Tests {
    @Test func theTextIsAUUIDOfVersion7() throws {
        for _ in 0..<1000 {
            let text = UUIDv7.text()
            let groups = text.split(separator: "-", omittingEmptySubsequences: false)
            #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
            #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(groups[2].first == "7")
            #expect("89ab".contains(try #require(groups[3].first)))
        }
    }

    @Test func itBeginsWithTheTime() throws {
        let before = UnixTime.milliseconds
        let text = UUIDv7.text()
        let time = try #require(Int(text.prefix(13).filter { $0 != "-" }, radix: 16))
        // Other tests may have pushed the sequence ahead of the clock.
        #expect((before...before + 60_000).contains(time))
    }

    @Test func eachIsGreaterThanTheOneBefore() {
        let many = (0..<20_000).map { _ in UUIDv7.text() }
        #expect(zip(many, many.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func threadsNeverGetTheSame() throws {
        let all = Monitor<Set<String>>([])
        try onThreads(4) { _ in
            let some = (0..<2000).map { _ in UUIDv7.text() }
            all.change { $0.formUnion(some) }
        }
        #expect(all.change { $0.count } == 8000)
    }

    @Test func theCounterRunsOverIntoTheTime() {
        var sequence = UUIDv7.Sequence()
        let first = sequence.next(milliseconds: 5, seed: 0xfff)
        #expect(first == 5 << 16 | 0x77ff)
        var last = first
        for _ in 0..<0x800 {
            let next = sequence.next(milliseconds: 5, seed: 0)
            #expect(next > last)
            last = next
        }
        #expect(last == 5 << 16 | 0x7fff)
        #expect(sequence.next(milliseconds: 5, seed: 1) == 6 << 16 | 0x7001)
    }

    @Test func aClockSetBackDoesNotTurnTheOrder() {
        var sequence = UUIDv7.Sequence()
        let first = sequence.next(milliseconds: 1000, seed: 3)
        #expect(sequence.next(milliseconds: 10, seed: 3) == first + 1)
    }
}
