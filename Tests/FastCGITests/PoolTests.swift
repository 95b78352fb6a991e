import Testing
import Threads

@testable import FastCGI

@Suite struct PoolTests {
    /// A handler that tells `entered` of itself and answers when `gate` opens.
    static func blocking(until gate: Gate) -> Server.Handler {
        { exchange in
            gate.wait()
            try exchange.answer("late")
        }
    }

    func limits(idle: ClosedRange<Int> = 2...4, maximum: Int = 512, reserved: Int = 8) -> Limits {
        var limits = Limits()
        limits.minimumIdleThreads = idle.lowerBound
        limits.maximumIdleThreads = idle.upperBound
        limits.maximumThreads = maximum
        limits.reservedThreads = reserved
        return limits
    }

    func send(_ count: Int, to running: RunningServer) throws -> [Client] {
        try (0..<count).map { _ in
            let client = try running.client()
            client.send(Records.request([]))
            return client
        }
    }

    @Test func thePoolGrowsWithTheRequestsAndShrinksAfterThem() throws {
        let gate = Gate(permanent: true)
        let running = try RunningServer(
            limits: limits(idle: 8...12), handler: Self.blocking(until: gate))
        #expect(eventually { running.server.statistics.idle == 8 })
        let clients = try send(100, to: running)
        #expect(eventually { running.server.statistics.busy == 100 })
        #expect(eventually { running.server.statistics.idle >= 8 })
        #expect(running.server.statistics.idle <= 12)
        gate.open()
        for client in clients { #expect(client.reply().body == "late") }
        #expect(eventually { running.server.statistics.busy == 0 })
        #expect(eventually { running.server.statistics.threads <= 12 })
        #expect(running.server.statistics.threads >= 8)
        #expect(running.server.statistics.accepted == 100)
        #expect(running.server.statistics.maximumReached == 0)
        #expect(try running.reply().body == "late")
    }

    @Test func everyConnectionOfABurstWakesAnIdleThread() throws {
        // More idle threads than are kept, so that none is started that would look by itself.
        let gate = Gate()
        let running = try RunningServer(
            limits: limits(idle: 1...40), handler: Self.blocking(until: gate))
        for size in [30] + Array(repeating: 12, count: 20) {
            let clients = try send(size, to: running)
            #expect(eventually { running.server.statistics.busy == size })
            for _ in clients { gate.open() }
            for client in clients { #expect(client.reply().body == "late") }
            #expect(eventually { running.server.statistics.busy == 0 })
        }
        #expect(running.server.statistics.threads >= 30)
    }

    @Test func atTheMaximumNothingIsAcceptedUntilAThreadIsFree() throws {
        let gate = Gate()
        let running = try RunningServer(
            limits: limits(maximum: 4), handler: Self.blocking(until: gate))
        let clients = try send(6, to: running)
        #expect(eventually { running.server.statistics.busy == 4 })
        #expect(running.server.statistics.accepted == 4)
        #expect(running.server.statistics.idle == 0)
        #expect(running.server.statistics.maximumReached == 1)
        for _ in clients { gate.open() }
        for client in clients { #expect(client.reply().body == "late") }
        #expect(running.server.statistics.accepted == 6)
    }

    @Test func streamsLeaveRoomForShortRequests() throws {
        let gate = Gate(permanent: true)
        let running = try RunningServer(limits: limits(maximum: 12, reserved: 4)) { exchange in
            guard exchange.parameters["STREAM"] != nil else { return try exchange.answer("short") }
            guard exchange.claimStream(), exchange.claimStream() else {
                return try exchange.answer("full", status: "503 Service Unavailable")
            }
            gate.wait()
            try exchange.answer("stream")
        }
        let stream = [("STREAM", "1")]
        let clients = try (0..<8).map { _ in
            let client = try running.client()
            client.send(Records.request(stream))
            return client
        }
        #expect(eventually { running.server.statistics.streams == 8 })
        #expect(try running.reply(to: stream).status == "Status: 503 Service Unavailable")
        for _ in 0..<20 { #expect(try running.reply().body == "short") }
        gate.open()
        for client in clients { #expect(client.reply().body == "stream") }
        #expect(eventually { running.server.statistics.streams == 0 })
        #expect(try running.reply(to: stream).body == "stream")
    }

    @Test func whatOneServerHasNoThreadForAnotherOfTheSameSocketTakes() throws {
        let gate = Gate(permanent: true)
        let first = try RunningServer(
            limits: limits(maximum: 3), handler: Self.blocking(until: gate))
        let second = try RunningServer(
            on: first.listener, limits: limits(maximum: 3), handler: Self.blocking(until: gate))
        let clients = try send(6, to: first)
        #expect(eventually { first.server.statistics.busy == 3 })
        #expect(eventually { second.server.statistics.busy == 3 })
        gate.open()
        for client in clients { #expect(client.reply().body == "late") }
    }

    @Test func serversOfOneSocketShareTheLoad() throws {
        let gate = Gate(permanent: true)
        let first = try RunningServer(handler: Self.blocking(until: gate))
        let second = try RunningServer(on: first.listener, handler: Self.blocking(until: gate))
        let servers = [first.server, second.server]
        var clients: [Client] = []
        for count in 1...60 {
            clients += try send(1, to: first)
            #expect(eventually { servers.map(\.statistics.busy).reduce(0, +) == count })
        }
        #expect(servers.allSatisfy { $0.statistics.busy >= 10 })
        gate.open()
        for client in clients { #expect(client.reply().body == "late") }
    }

    @Test func manyClientsOnTwoServersAreAllAnswered() throws {
        let first = try RunningServer { try $0.answer("ok") }
        let second = try RunningServer(on: first.listener) { try $0.answer("ok") }
        let log = Log<Bool>()
        try inParallel(8) {
            for _ in 0..<250 { log.add(try first.reply().body == "ok") }
        }
        #expect(log.all.count == 2000)
        #expect(log.all.allSatisfy { $0 })
        #expect(first.server.statistics.accepted + second.server.statistics.accepted == 2000)
        #expect(eventually { first.listener.acceptedDescriptors == 0 })
    }

    @Test func whereTheSystemRefusesThreadsStreamsLeaveRoomAmongThoseThereAre() {
        var pool = ThreadPool(limits: limits(idle: 4...4, maximum: 100, reserved: 2))
        for _ in 0..<3 where pool.admitThread() {
            pool.threadDidStart(Connection(limits: pool.limits))
        }
        if pool.admitThread() { pool.threadDidNotStart() }
        #expect(pool.statistics.threads == 3)
        #expect(pool.statistics.exhausted == 1)
        let claims = [pool.claimStream(), pool.claimStream()]
        #expect(claims == [true, false])

        if pool.admitThread() { pool.threadDidStart(Connection(limits: pool.limits)) }
        let later = (0..<5).map { _ in pool.claimStream() }
        #expect(later.allSatisfy { $0 }, "the maximum counts again")
    }

    @Test func aServerThatCannotStartAThreadSaysSo() throws {
        var limits = Limits()
        limits.stackBytes = 1 << 50
        let running = try RunningServer(limits: limits) { _ in }
        let error = #expect(throws: SystemError.self) { try running.hasEnded() }
        #expect(error?.call == "pthread_create")
        #expect(running.server.statistics.exhausted == 1)
    }
}
