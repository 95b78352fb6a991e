import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite struct CancellationTests {
    let client = HTTPClient()

    /// Cancels from another thread once `moment` says so, and expects `request` to end for it.
    private func expectCancelled(
        _ request: HTTPClient.Request, when moment: @escaping @Sendable () -> Void
    ) throws -> HTTPClientError {
        let cancellation = Cancellation()
        let canceller = JoinableThread {
            moment()
            cancellation.cancel()
        }
        defer { canceller.join() }
        let error = try failure { _ = try client.pieces(request, cancellation: cancellation) }
        #expect(error.code == .cancelled)
        return error
    }

    @Test func whileConnecting() throws {
        let port = try FullBacklog()
        var request = HTTPClient.Request(
            .get, try HTTPURL("http://127.0.0.1:\(port.port)", allowPlainHTTP: true))
        request.timeouts = patient
        let error = try expectCancelled(request) { sleep(milliseconds: 50) }
        #expect(!error.requestMayHaveBeenSent)
    }

    @Test func whileWaitingForTheFirstByte() throws {
        let arrived = Counter()
        let server = try LocalServer { exchange in
            arrived.increment()
            _ = exchange.waitForClientToLeave()
        }
        let error = try expectCancelled(request(server)) { _ = arrived.wait(for: 1) }
        #expect(error.requestMayHaveBeenSent && !error.responseStarted)
    }

    @Test("14.56: within a silent stream; the server sees the client leave")
    func whileIdle() throws {
        let began = Counter()
        let left = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            try exchange.chunk("one")
            began.increment()
            if exchange.waitForClientToLeave() { left.increment() }
        }
        let error = try expectCancelled(request(server)) {
            _ = began.wait(for: 1)
            sleep(milliseconds: 20)
        }
        #expect(error.responseStarted)
        #expect(left.wait(for: 1))
    }

    @Test func whileBytesStreamIn() throws {
        let server = try LocalServer { exchange in
            try exchange.openStream()
            while true { try exchange.chunk("more and more and more") }
        }
        var request = try request(server)
        request.maximumResponseBytes = .max
        _ = try expectCancelled(request) { sleep(milliseconds: 50) }
    }

    @Test func beforeTheStart() throws {
        let server = try LocalServer { try $0.respond(body: "") }
        let cancellation = Cancellation()
        cancellation.cancel()
        let error = try failure {
            _ = try client.send(request(server), cancellation: cancellation)
        }
        #expect(error.code == .cancelled)
        #expect(server.requests.isEmpty)
    }

    @Test func itIsQuick() throws {
        let began = Counter()
        let server = try LocalServer { exchange in
            try exchange.openStream()
            began.increment()
            _ = exchange.waitForClientToLeave()
        }
        let clock = ContinuousClock()
        let asked = Reading()
        _ = try expectCancelled(request(server)) {
            _ = began.wait(for: 1)
            sleep(milliseconds: 600)  // past libcurl's own timers, which would wake it as well
            asked.set(clock.now)
        }
        // A tenth of this on an idle machine; the point is that no one-second tick is waited for.
        #expect(clock.now - asked.instant < .milliseconds(900))
    }

    @Test func oneStopsMany() throws {
        let arrived = Counter()
        let server = try LocalServer { exchange in
            arrived.increment()
            _ = exchange.waitForClientToLeave()
        }
        let cancellation = Cancellation()
        let cancelled = Counter()
        let request = try request(server)
        let threads = (1...8).map { _ in
            JoinableThread { [client] in
                do throws(HTTPClientError) {
                    _ = try client.send(request, cancellation: cancellation)
                } catch {
                    if error.code == .cancelled { cancelled.increment() }
                }
            }
        }
        #expect(arrived.wait(for: 8))
        cancellation.cancel()
        for thread in threads { thread.join() }
        #expect(cancelled.value == 8)
    }

    @Test func aWaitEndsWhenCancelled() {
        let cancellation = Cancellation()
        #expect(!cancellation.wait(for: .milliseconds(5)))
        #expect(!cancellation.isCancelled)
        let canceller = JoinableThread {
            sleep(milliseconds: 20)
            cancellation.cancel()
        }
        #expect(cancellation.wait(for: .seconds(60)))
        #expect(cancellation.isCancelled)
        canceller.join()
    }

    @Test func aHandlerRunsOnceAndNeverAfterItsScope() {
        let calls = Counter()
        let cancellation = Cancellation()
        cancellation.withHandler({ calls.increment() }, {})
        cancellation.cancel()
        #expect(calls.value == 0)
        cancellation.withHandler({ calls.increment() }, {})
        #expect(calls.value == 1)
        cancellation.cancel()
        #expect(calls.value == 1)
    }

    /// A moment noted by one thread and read by another after joining it.
    private final class Reading: @unchecked Sendable {
        private(set) var instant = ContinuousClock.now
        func set(_ instant: ContinuousClock.Instant) { self.instant = instant }
    }
}
