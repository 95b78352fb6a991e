import FoundationEssentials
import Glibc
import Logging
import TestSupport
import Testing
import Threads

@testable import Atelier

/// systemd's end of the conversation.
private final class NotifySocket {
    let name: String
    private let descriptor: Int32

    /// - Parameter name: A path, or an abstract name that begins with @.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        if name.hasPrefix("@") { address.sun_path.0 = 0 }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length)
            }
        }
        try #require(code == 0)
    }

    deinit { close(descriptor) }

    /// The next message; `nil` when none comes for so long.
    func next(within milliseconds: Int32 = 20_000) -> String? {
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&interest, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    func awaits(_ message: String) -> Bool {
        while let next = next() { if next == message { return true } }
        return false
    }
}

@Suite struct ServiceManagerTests {
    private let directory: RunDirectory

    init() throws { directory = try RunDirectory() }

    @Test("Messages arrive by path and by abstract name", arguments: [false, true])
    func messages(isAbstract: Bool) throws {
        let socket = try NotifySocket(
            isAbstract ? "@atelier-\(UInt64.random(in: 0 ... .max))" : directory.path + "/notify")
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.name])
        manager.ready()
        manager.status("2 busy")
        manager.stopping()
        #expect(
            [socket.next(), socket.next(), socket.next()] == [
                "READY=1", "STATUS=2 busy", "STOPPING=1",
            ])
        #expect(manager.watchdogPeriod == nil)
    }

    @Test func nobodyListeningIsFine() {
        ServiceManager(environment: [:]).ready()
        ServiceManager(environment: ["NOTIFY_SOCKET": "/nowhere"]).ready()
        ServiceManager(environment: ["NOTIFY_SOCKET": String(repeating: "x", count: 200)]).ready()
    }

    @Test func theWatchdogIsMeantForTheProcessItNames() {
        func period(_ more: [String: String]) -> Duration? {
            ServiceManager(environment: more.merging(["NOTIFY_SOCKET": "/n"]) { $1 }).watchdogPeriod
        }
        #expect(period(["WATCHDOG_USEC": "3000000"]) == .seconds(3))
        #expect(period(["WATCHDOG_USEC": "1", "WATCHDOG_PID": "\(getpid())"]) == .microseconds(1))
        #expect(period(["WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"]) == nil)
        #expect(period(["WATCHDOG_USEC": "soon"]) == nil)
        #expect(period(["WATCHDOG_USEC": "0"]) == nil)
    }

    @Test("A process that does not get on gives no sign of life, and one that does again does")
    func pulse() throws {
        let socket = try NotifySocket(directory.path + "/notify")
        let manager = ServiceManager(
            environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "40000"])
        let getsOn = Monitor(true)
        let looks = Monitor(0)
        try Pulse(manager) {
            looks.change { $0 += 1 }
            return Pulse.Finding(status: "fine", getsOn: getsOn.withLock { $0 })
        }.start()
        #expect(socket.next() == "STATUS=fine")
        for _ in 0..<5 { #expect(socket.next() == "WATCHDOG=1", "the status has not changed") }

        getsOn.withLock { $0 = false }
        let before = looks.withLock { $0 }
        _ = looks.wait(upTo: .seconds(20)) { $0 > before + 1 ? true : nil }
        while socket.next(within: 0) != nil {}
        let then = looks.withLock { $0 }
        _ = looks.wait(upTo: .seconds(20)) { $0 > then + 12 ? true : nil }
        #expect(socket.next(within: 0) == nil)
        getsOn.withLock { $0 = true }
        #expect(socket.awaits("WATCHDOG=1"))
    }
}

@Suite struct LogLevelTests {
    private let directory: RunDirectory

    init() throws { directory = try RunDirectory() }

    private func level(_ text: String) throws -> Logger.Level {
        let path = directory.path + "/atelier.env"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try LogLevelFile.level(in: path)
    }

    @Test func theLastLineThatSetsItWins() throws {
        #expect(try level("ATELIER_LOG_LEVEL=debug\n") == .debug)
        #expect(try level("A=1\n  ATELIER_LOG_LEVEL=\"warning\"\r\nB=2") == .warning)
        #expect(try level("ATELIER_LOG_LEVEL=debug\nATELIER_LOG_LEVEL='error'\n") == .error)
    }

    @Test(
        "A file that sets none means the default",
        arguments: ["", "#ATELIER_LOG_LEVEL=debug", "ATELIER_LOG_LEVEL="])
    func unset(text: String) throws {
        #expect(try level(text) == .info)
    }

    @Test func whatIsNoLevelIsSaid() throws {
        let failure = #expect(throws: LogLevelFile.Failure.self) {
            try level("ATELIER_LOG_LEVEL=loud")
        }
        #expect(failure?.description.contains("debug") == true)
        #expect(throws: LogLevelFile.Failure.self) { try LogLevelFile.level(in: "/nowhere") }
    }
}
