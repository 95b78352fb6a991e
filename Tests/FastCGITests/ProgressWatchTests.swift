import Testing

@testable import FastCGI

@Suite struct ProgressWatchTests {
    private let start = ContinuousClock.now

    private func statistics(accepted: Int, busy: Int, idle: Int = 0) -> Statistics {
        var statistics = Statistics()
        statistics.accepted = accepted
        statistics.busy = busy
        statistics.idle = idle
        return statistics
    }

    /// Looks once a second, and tells at which looks the server seems to get on.
    private func looks(
        limit: Duration = .seconds(3), _ states: [(Statistics, hasQueue: Bool, isExcused: Bool)]
    ) -> [Bool] {
        var watch = ProgressWatch(limit: limit)
        return states.enumerated().map { index, state in
            watch.getsOn(
                state.0, hasQueuedConnection: state.hasQueue, isExcused: state.isExcused,
                at: start + .seconds(index))
        }
    }

    @Test(
        "Stuck is who neither accepts nor ends anything while connections wait", arguments: [0, 4])
    func stuck(idle: Int) {
        let same = statistics(accepted: 10, busy: 4, idle: idle)
        let found = looks(Array(repeating: (same, hasQueue: true, isExcused: false), count: 7))
        // The first look cannot tell whether anything moved.
        #expect(found == [true, true, true, true, false, false, false])
    }

    @Test func oneThatMovesIsNotStuckHoweverLongTheQueue() {
        let ends = (0..<8).map {
            (statistics(accepted: 10, busy: 8 - $0), hasQueue: true, isExcused: false)
        }
        #expect(looks(ends).allSatisfy { $0 })
        let accepts = (0..<8).map {
            (statistics(accepted: 10 + $0, busy: 1 + $0), hasQueue: true, isExcused: false)
        }
        #expect(looks(accepts).allSatisfy { $0 })
    }

    @Test func oneThatNobodyAsksAnythingIsNotStuck() {
        let still = statistics(accepted: 10, busy: 4)
        #expect(looks(Array(repeating: (still, false, false), count: 8)).allSatisfy { $0 })
        // A queue that was empty in between is not the same queue.
        let changing = (0..<7).map { (still, hasQueue: $0 != 3, isExcused: false) }
        #expect(looks(changing).allSatisfy { $0 })
    }

    @Test func oneThatWaitsForAnotherProcessIsExcused() {
        let still = statistics(accepted: 10, busy: 4)
        #expect(looks(Array(repeating: (still, true, true), count: 8)).allSatisfy { $0 })
        let laterStuck = (0..<12).map { (still, hasQueue: true, isExcused: $0 < 5) }
        #expect(looks(laterStuck).last == false)
    }

    @Test func oneThatRecoversGetsOnAgain() {
        let still = statistics(accepted: 10, busy: 4)
        let states =
            Array(repeating: (still, hasQueue: true, isExcused: false), count: 6)
            + [(statistics(accepted: 11, busy: 4), hasQueue: true, isExcused: false)]
        let found = looks(states)
        #expect(found[5] == false && found[6] == true)
    }

    @Test("A real pool with every thread held looks stuck, and no longer when one comes free")
    func realPool() throws {
        let gate = Gate()
        var limits = Limits()
        limits.maximumThreads = 4
        let running = try RunningServer(
            limits: limits, handler: PoolTests.blocking(until: gate))
        let server = running.server
        let clients = try (0..<6).map { _ in
            let client = try running.client()
            client.send(Records.request([]))
            return client
        }
        #expect(eventually { server.statistics.busy == 4 && server.hasQueuedConnection })
        var watch = ProgressWatch(limit: .seconds(10))
        func getsOn(after seconds: Int) -> Bool {
            watch.getsOn(
                server.statistics, hasQueuedConnection: server.hasQueuedConnection,
                isExcused: false, at: start + .seconds(seconds))
        }
        #expect(getsOn(after: 0) && getsOn(after: 1))
        #expect(!getsOn(after: 12))
        gate.open()
        #expect(eventually { server.statistics.finished == 1 })
        #expect(getsOn(after: 13))
        for _ in clients { gate.open() }
        for client in clients { #expect(client.reply().body == "late") }
        #expect(eventually { !server.hasQueuedConnection })
    }
}
