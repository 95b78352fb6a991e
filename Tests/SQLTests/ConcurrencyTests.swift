import Glibc
import Testing
import Threads

@testable import SQL

@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func manyThreadsReadWhileOneWrites() throws {
        let database = try scratch.database()
        let rows = 300
        try onThreads(13) { index in
            guard index > 0 else {
                for _ in 0..<rows {
                    try database.write { connection in
                        try connection.addRow(1)
                        try connection.addRow(-1)
                    }
                }
                return
            }
            var seen = 0
            while seen < 2 * rows {
                let (count, sum) = try database.read { connection in
                    (
                        try connection.countRows(),
                        try connection.value("SELECT sum(number) FROM rows", as: Int?.self)
                    )
                }
                #expect(count >= seen && count % 2 == 0)
                #expect((sum ?? .some(0)) ?? 0 == 0)
                seen = count
            }
        }
        #expect(try database.countRows() == 2 * rows)
    }

    @Test func manyThreadsWriteAndNoneIsLost() throws {
        let database = try scratch.database()
        try onThreads(8) { index in
            for number in 0..<100 {
                try database.write(durability: number % 10 == 0 ? .full : .normal) {
                    try $0.addRow(index * 100 + number)
                }
            }
        }
        let distinct: Int? = try database.read {
            try $0.value("SELECT count(DISTINCT number) FROM rows")
        }
        #expect(distinct == 800)
    }

    @Test func twoObjectsForOneFileInOneProcessKeepEachOtherOut() throws {
        let databases = [try scratch.database(), try scratch.database()]
        try onThreads(2) { index in
            for number in 0..<200 { try databases[index].addRow(number) }
        }
        #expect(try databases[0].countRows() == 400)
    }

    @Test func whoFindsNoConnectionWaitsAndIsThenTold() throws {
        let database = try scratch.database {
            $0.readers = 1
            $0.busyTimeout = .milliseconds(50)
        }
        try database.read { _ in
            try onThreads(1) { _ in
                #expect(kind { try database.read { _ in } } == .busy)
            }
        }
        try database.read { _ in }
        try database.write { _ in
            try onThreads(1) { _ in
                #expect(kind { try database.write { _ in } } == .busy)
                try database.read { _ in }
            }
        }
    }

    @Test func whoWaitsForAConnectionGetsItWhenItComesFree() throws {
        let database = try scratch.database { $0.readers = 1 }
        let isIn = Monitor(false)
        let waiter = try database.read { _ in
            let waiter = try Thread.start {
                try? database.read { _ in isIn.change { $0 = true } }
            }
            usleep(50_000)
            #expect(!isIn.change { $0 })
            return waiter
        }
        waiter.join()
        #expect(isIn.change { $0 })
    }
}
