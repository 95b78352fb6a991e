import Glibc

/// Tells systemd how this process does: datagrams to the socket it names (sd_notify(3)).
///
/// Where nothing started it that wants to know, nothing is sent.
public struct ServiceManager: Sendable {
    private let socketPath: String?
    /// How often it wants a sign of life, else it ends the process (`WatchdogSec=`).
    public let watchdogPeriod: Duration?

    public init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        // Set for one process only, whose children inherit the variable (sd_watchdog_enabled(3)).
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
        watchdogPeriod =
            socketPath != nil && isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    var isListening: Bool { socketPath != nil }

    /// The service answers.
    public func ready() { send("READY=1") }

    /// The service finishes what it has and ends.
    public func stopping() { send("STOPPING=1") }

    /// What `systemctl status` shows.
    func status(_ text: String) { send("STATUS=\(text)") }

    func isAlive() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        guard let socketPath else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socketPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // A name that begins with @ is abstract: it lies in no file system (unix(7)).
        if path.first == UInt8(ascii: "@") { address.sun_path.0 = 0 }
        let length = MemoryLayout<sa_family_t>.size + path.count
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(
                    descriptor, message, message.utf8.count, Int32(MSG_NOSIGNAL), address,
                    socklen_t(length))
            }
        }
    }
}
