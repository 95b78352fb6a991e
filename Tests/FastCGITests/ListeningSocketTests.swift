import Glibc
import Testing

@testable import FastCGI

@Suite struct ListeningSocketTests {
    let listener: Listener
    /// Descriptors as a parent process would pass them, closed unless they are taken over.
    let listening: Int32
    let connected: Int32

    init() throws {
        listener = try Listener()
        listening = dup(listener.socket.descriptor)
        connected = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    }

    @Test func systemdsSocketComesFirst() throws {
        let socket = try ListeningSocket.inherited(
            environment: ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1"],
            activated: listening, standard: connected)
        #expect(socket.descriptor == listening)
        close(connected)
    }

    @Test(
        "Without systemd's, or with another process's, it is standard input",
        arguments: [[:], ["LISTEN_PID": "1", "LISTEN_FDS": "1"]])
    func standardInput(environment: [String: String]) throws {
        let socket = try ListeningSocket.inherited(
            environment: environment, activated: connected, standard: listening)
        #expect(socket.descriptor == listening)
        close(connected)
    }

    @Test func itIsClosedOnExecAndNeverBlocks() throws {
        let socket = try ListeningSocket(adopting: listening)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        close(connected)
    }

    @Test func itsDescriptorIsClosedWithIt() throws {
        #expect(listener.acceptedDescriptors == 1, "counts duplicates of its socket, too")
        do { _ = try ListeningSocket(adopting: listening) }
        #expect(listener.acceptedDescriptors == 0)
        close(connected)
    }

    @Test func whatDoesNotListenIsRefused() throws {
        let file = open("/dev/null", O_RDONLY)
        for descriptor in [connected, file, -1] {
            #expect(throws: ListeningSocket.Problem.notListening(descriptor: descriptor)) {
                try ListeningSocket(adopting: descriptor)
            }
        }
        #expect(throws: ListeningSocket.Problem.nonePassed) {
            try ListeningSocket.inherited(environment: [:], activated: listening, standard: file)
        }
        for descriptor in [file, connected, listening] { close(descriptor) }
    }

    @Test("Exactly one socket is expected", arguments: ["0", "2", "", nil])
    func count(passed: String?) throws {
        var environment = ["LISTEN_PID": "\(getpid())"]
        environment["LISTEN_FDS"] = passed
        let error = #expect(throws: ListeningSocket.Problem.self) {
            try ListeningSocket.inherited(
                environment: environment, activated: listening, standard: listening)
        }
        #expect(error == .notOneSocket(passed: passed ?? ""))
        for descriptor in [connected, listening] { close(descriptor) }
    }

    @Test func theProblemsSayWhatToDo() {
        #expect("\(ListeningSocket.Problem.nonePassed)".contains("systemd socket unit"))
        #expect("\(ListeningSocket.Problem.notOneSocket(passed: "2"))".contains("\"2\""))
        #expect("\(ListeningSocket.Problem.notListening(descriptor: 3))".contains("Descriptor 3"))
    }
}
