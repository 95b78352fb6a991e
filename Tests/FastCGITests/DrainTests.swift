import FastCGI
import Glibc
import Testing
import Threads

@Suite struct DrainTests {
    @Test func anIdleServerEndsAtOnce() throws {
        let running = try RunningServer { _ in }
        #expect(eventually { running.server.statistics.idle == 8 })
        #expect(try running.stop())
        #expect(running.server.statistics.threads == 0)
    }

    @Test func aServerDrainedBeforeItRunsEndsAtOnce() throws {
        let server = try Server(socket: Listener().socket) { _ in }
        server.drain()
        try server.run()
        #expect(server.statistics.threads == 0)
    }

    @Test func whatRunsIsFinishedAndWhatComesLaterIsLeftToOthers() throws {
        let gate = Gate(permanent: true)
        let log = Log<Bool>()
        let running = try RunningServer { exchange in
            log.add(exchange.isDraining)
            gate.wait()
            log.add(exchange.isDraining)
            try exchange.answer("finished")
        }
        let early = try running.client()
        early.send(Records.request([]))
        #expect(eventually { log.all.count == 1 })

        running.server.drain()
        running.server.drain()
        #expect(eventually { running.server.statistics.idle == 0 })
        let late = try running.client()
        late.send(Records.request([]))
        #expect(try !running.hasEnded(withinMilliseconds: 100))

        gate.open()
        #expect(early.reply().body == "finished")
        #expect(try running.hasEnded())
        #expect(log.all == [false, true])
        #expect(running.server.statistics.accepted == 1)

        let successor = try RunningServer(on: running.listener) { try $0.answer("successor") }
        #expect(late.reply().body == "successor")
        #expect(try successor.reply().body == "successor")
    }

    @Test func nothingIsLostWhenServersOfOneSocketTakeTurns() throws {
        let listener = try Listener()
        let log = Log<Bool>()
        let done = Gate(permanent: true)
        var current = try RunningServer(on: listener) { try $0.answer("ok") }
        try inParallel(4) {
            for _ in 0..<400 {
                let client = try Client(path: listener.path)
                client.send(Records.request([]))
                log.add(client.reply().body == "ok")
            }
            done.open()
        } meanwhile: {
            while !done.isOpen {
                let next = try RunningServer(on: listener) { try $0.answer("ok") }
                #expect(try current.stop())
                current = next
            }
        }
        #expect(log.all.count == 1600)
        #expect(log.all.allSatisfy { $0 })
    }

    @Test func atTheDeadlineWhateverRemainsIsCut() throws {
        let log = Log<String>()
        let running = try RunningServer { exchange in
            switch exchange.parameters["KIND"] {
            case "silent":
                log.add("silent")
                log.add(eventually { exchange.isClientGone } ? "cut" : "not cut")
            case "reading":
                log.add("reading")
                do { _ = try exchange.readBody(limit: 100) } catch { log.add("cut") }
            default:
                log.add("writing")
                let block = [UInt8](repeating: 1, count: 100_000)
                do { while true { try exchange.write(block) } } catch { log.add("cut") }
            }
        }
        let clients = try ["silent", "reading", "writing"].map { kind in
            let client = try running.client()
            client.send(BodyTests.head(kind: kind, declaring: 10))
            return client
        }
        #expect(eventually { log.all.count == 3 })
        running.server.drain()
        #expect(try !running.hasEnded(withinMilliseconds: 100))
        running.server.abortRemaining()
        #expect(try running.hasEnded())
        #expect(log.all.suffix(3) == ["cut", "cut", "cut"])
        #expect(clients.allSatisfy { !$0.reply().isComplete })
        #expect(running.listener.acceptedDescriptors == 0)
    }

    @Test func aRequestReceivedAfterTheDeadlineIsCutToo() throws {
        let log = Log<Bool>()
        let running = try RunningServer { log.add($0.isClientGone) }
        let request = Records.request([])
        let client = try running.client()
        client.send(request.prefix(10))
        #expect(eventually { running.server.statistics.busy == 1 })
        running.server.drain()
        running.server.abortRemaining()
        client.send(request.dropFirst(10))
        #expect(try running.hasEnded())
        #expect(log.all == [true])
    }

    @Test func aSocketThatStopsListeningEndsTheServerWithAnError() throws {
        let running = try RunningServer { _ in }
        #expect(eventually { running.server.statistics.idle == 8 })
        running.listener.breakSocket()
        let error = #expect(throws: SystemError.self) { try running.hasEnded() }
        #expect(error?.call == "accept4")
        #expect(error?.code == EINVAL)
    }
}
