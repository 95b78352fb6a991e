import FastCGI
import Glibc
import Testing

@Suite struct ResponseTests {
    @Test("A response arrives whole", arguments: [0, 1, 8183, 8184, 8185, 70_000, 3 << 20])
    func whole(count: Int) throws {
        let text = String(repeating: "x", count: count)
        let running = try RunningServer { exchange in
            try exchange.write(text)
            try exchange.write([])
            try exchange.write(Array("end".utf8))
        }
        let reply = try running.reply()
        #expect(reply.output == text + "end")
        #expect(reply.isComplete)
    }

    @Test func whatIsFlushedArrivesAtOnceAsOneRecord() throws {
        let next = Gate()
        let running = try RunningServer { exchange in
            for part in ["one", "two"] {
                try exchange.write(part)
                try exchange.flush()
                next.wait()
            }
        }
        let client = try running.client()
        client.send(Records.request([]))
        for part in ["one", "two"] {
            let reply = Reply(client.receive())
            #expect(reply.output == part)
            #expect(reply.types == [Records.output])
            next.open()
        }
        #expect(client.reply().isComplete)
    }

    @Test func afterFinishTheClientHasItsAnswerAndTheHandlerGoesOn() throws {
        let gate = Gate()
        let log = Log<String>()
        let running = try RunningServer { exchange in
            try exchange.answer("done")
            try exchange.finish()
            try exchange.finish()
            gate.wait()
            log.add(exchange.parameters["REQUEST_METHOD"] ?? "lost")
            log.add("\(exchange.isClientGone)")
            do { try exchange.write("more") } catch { log.add("\(error)") }
            do { _ = try exchange.readBody(limit: 1) } catch { log.add("\(error)") }
            exchange.abort()
        }
        let reply = try running.reply()
        #expect(reply.body == "done")
        #expect(reply.isComplete)
        #expect(log.all.isEmpty)
        gate.open()
        #expect(eventually { log.all == ["GET", "true", "finished", "truncated"] })
    }

    @Test func anExchangeKeptBeyondItsCallWritesNothingMore() throws {
        let kept = Kept()
        let running = try RunningServer { exchange in
            if let first = kept.exchange {
                #expect(throws: ResponseError.finished) { try first.write("stray") }
                #expect(first.isClientGone)
            }
            kept.exchange = exchange
            try exchange.answer("own")
        }
        #expect(try running.reply().body == "own")
        #expect(eventually { running.server.statistics.busy == 0 })
        #expect(try running.reply().body == "own")
    }

    /// Used by one request after the other only.
    private final class Kept: @unchecked Sendable {
        var exchange: Exchange?
    }

    @Test func anErrorOfTheHandlerCutsTheResponse() throws {
        struct Failure: Error {}
        let running = try RunningServer { exchange in
            try exchange.write("Content-Length: 100\r\n\r\npart")
            try exchange.flush()
            try exchange.write("unsent")
            throw Failure()
        }
        let reply = try running.reply()
        #expect(reply.body == "part")
        #expect(!reply.isComplete)
        #expect(eventually { running.server.statistics.busy == 0 })
        #expect(running.listener.acceptedDescriptors == 0)
    }

    @Test func aClientThatGoesWhileWritingIsNoticedOnceAndForAll() throws {
        let log = Log<ResponseError>()
        let running = try RunningServer { exchange in
            while log.all.isEmpty {
                do throws(ResponseError) {
                    try exchange.write("tick\n")
                    try exchange.flush()
                    shortPause()
                } catch { log.add(error) }
            }
            for _ in 0..<2 {
                do throws(ResponseError) { try exchange.write("x") } catch { log.add(error) }
                do throws(ResponseError) { try exchange.flush() } catch { log.add(error) }
                do throws(ResponseError) { try exchange.finish() } catch { log.add(error) }
            }
        }
        do {
            let client = try running.client()
            client.send(Records.request([]))
            #expect(!client.receive().isEmpty)
        }
        #expect(eventually { log.all.count == 7 })
        #expect(log.all.allSatisfy { $0 == .clientGone })
        #expect(eventually { running.listener.acceptedDescriptors == 0 })
    }

    @Test func aClientThatGoesWhileNothingIsWrittenIsNoticed() throws {
        let log = Log<Bool>()
        let running = try RunningServer { exchange in
            _ = try exchange.readBody(limit: 100)
            log.add(exchange.isClientGone)
            log.add(eventually { exchange.isClientGone })
        }
        do {
            let client = try running.client()
            client.send(Records.request([("CONTENT_LENGTH", "2")], body: [1, 2]))
            #expect(eventually { log.all == [false] })
        }
        #expect(eventually { log.all == [false, true] })
    }

    @Test func aClientThatDoesNotReadIsGivenUp() throws {
        var limits = Limits()
        limits.sendTimeout = .milliseconds(100)
        let log = Log<ResponseError>()
        let running = try RunningServer(limits: limits) { exchange in
            let block = [UInt8](repeating: 1, count: 100_000)
            do throws(ResponseError) {
                while true { try exchange.write(block) }
            } catch { log.add(error) }
        }
        let client = try running.client()
        client.send(Records.request([]))
        #expect(eventually { log.all == [.clientTooSlow] })
        #expect(eventually { running.listener.acceptedDescriptors == 0 })
        #expect(!client.reply().isComplete)
    }

    @Test func aClientThatDoesNotReadTheEndIsGivenUpToo() throws {
        var limits = Limits()
        limits.sendTimeout = .milliseconds(100)
        let running = try RunningServer(limits: limits) { exchange in
            // The kernel takes some 200 KiB; what does not fit must wait for the client.
            try exchange.write([UInt8](repeating: 1, count: 150_000))
            try exchange.write([UInt8](repeating: 1, count: 150_000))
        }
        let client = try running.client()
        client.send(Records.request([]))
        #expect(eventually { running.server.statistics.accepted == 1 })
        #expect(eventually { running.server.statistics.busy == 0 })
        #expect(!client.reply().isComplete)
    }

    @Test func threadsOfTheServerTakeNoSignals() throws {
        var (none, previous) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)  // threads inherit it
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let running = try RunningServer { exchange in
            var blocked = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &blocked)
            let signals = [SIGTERM, SIGINT, SIGUSR1, SIGCHLD, SIGSEGV]
            try exchange.answer("\(signals.map { sigismember(&blocked, $0) })")
        }
        #expect(try running.reply().body == "[1, 1, 1, 1, 0]")
    }

    @Test func onlyTheHandlingOfSIGPIPEIsChanged() throws {
        _ = try RunningServer { _ in }
        var disposition = sigaction()
        sigaction(SIGPIPE, nil, &disposition)
        #expect(
            disposition.__sigaction_handler.sa_handler.map { unsafeBitCast($0, to: Int.self) } == 1)
        for signal in [SIGTERM, SIGUSR1] {
            sigaction(signal, nil, &disposition)
            #expect(disposition.__sigaction_handler.sa_handler == nil, "SIG_DFL")
        }
    }
}
