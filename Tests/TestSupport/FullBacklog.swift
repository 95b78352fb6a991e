import Glibc

/// A loopback port that neither accepts nor refuses: its backlog is full, so that the kernel drops
/// the SYN of everyone else and a connection attempt hangs.
public final class FullBacklog: Sendable {
    public let port: Int
    private let descriptors: [Int32]

    public init() throws {
        let listener = try Socket.listeningOnLoopback()
        listen(listener.descriptor, 0)
        port = try listener.localPort()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var descriptors = [listener.descriptor]
        for _ in 1...4 {
            let filler = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafeBytes(of: &address) {
                connect(
                    filler, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t($0.count))
            }
            descriptors.append(filler)
        }
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
