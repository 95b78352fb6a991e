import Glibc

/// An IPv4 or IPv6 address as a number.
enum IPAddress: Equatable {
    case v4(UInt32)
    case v6(UInt128)

    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let bytes = UnsafeRawPointer(address).load(as: sockaddr_in.self).sin_addr
            self = .v4(UInt32(bigEndian: bytes.s_addr))
        case AF_INET6:
            let bytes = UnsafeRawPointer(address).load(as: sockaddr_in6.self).sin6_addr
            self = .v6(Self.number(bytes))
        default: return nil
        }
    }

    /// Reads the text forms of `inet_pton(3)`.
    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = .v6(Self.number(v6))
        } else {
            return nil
        }
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }

    /// Whether the address belongs to the public internet.
    ///
    /// Private, loopback, link-local, shared, documentation, benchmark, multicast and reserved
    /// blocks do not (the IANA special-purpose address registries, RFC 6890). An IPv6 address that
    /// carries an IPv4 address is judged by it.
    var isPublic: Bool {
        switch self {
        case .v4(let address):
            !Self.specialV4.contains { address >> (32 - $0.bits) == $0.prefix >> (32 - $0.bits) }
        case .v6(let address):
            if let embedded = Self.embeddedV4(in: address) {
                embedded.isPublic
            } else {
                !Self.specialV6.contains { $0.contains(address) }
            }
        }
    }

    private static func embeddedV4(in address: UInt128) -> IPAddress? {
        if carriersV4.contains(where: { $0.contains(address) }) {
            return .v4(UInt32(truncatingIfNeeded: address))
        }
        guard address >> 112 == 0x2002 else { return nil }  // 6to4, RFC 3056
        return .v4(UInt32(truncatingIfNeeded: address >> 80))
    }

    private static let specialV4: [(prefix: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8),  // 0.0.0.0: this network
        (0x0A00_0000, 8),  // 10.0.0.0: private
        (0x6440_0000, 10),  // 100.64.0.0: shared, carrier-grade NAT
        (0x7F00_0000, 8),  // 127.0.0.0: loopback
        (0xA9FE_0000, 16),  // 169.254.0.0: link-local, cloud metadata
        (0xAC10_0000, 12),  // 172.16.0.0: private
        (0xC000_0000, 24),  // 192.0.0.0: protocol assignments
        (0xC000_0200, 24),  // 192.0.2.0: documentation
        (0xC058_6300, 24),  // 192.88.99.0: 6to4 relays, retired
        (0xC0A8_0000, 16),  // 192.168.0.0: private
        (0xC612_0000, 15),  // 198.18.0.0: benchmarks
        (0xC633_6400, 24),  // 198.51.100.0: documentation
        (0xCB00_7100, 24),  // 203.0.113.0: documentation
        (0xE000_0000, 4),  // 224.0.0.0: multicast
        (0xF000_0000, 4),  // 240.0.0.0: reserved, broadcast
    ]

    /// Prefixes whose last 32 bits are an IPv4 address.
    private static let carriersV4 = [
        Prefix("::ffff:0:0", 96),  // IPv4-mapped, RFC 4291
        Prefix("::ffff:0:0:0", 96),  // IPv4-translated, RFC 2765
        Prefix("64:ff9b::", 96),  // NAT64, RFC 6052
    ]

    private static let specialV6 = [
        Prefix("::", 96),  // unspecified, loopback, IPv4-compatible
        Prefix("64:ff9b:1::", 48),  // NAT64 of the local network
        Prefix("100::", 64),  // discard
        Prefix("2001::", 23),  // protocol assignments, Teredo, benchmarks, ORCHID
        Prefix("2001:db8::", 32),  // documentation
        Prefix("3fff::", 20),  // documentation
        Prefix("5f00::", 16),  // segment routing
        Prefix("fc00::", 7),  // unique local
        Prefix("fe80::", 10),  // link-local
        Prefix("fec0::", 10),  // site-local, retired
        Prefix("ff00::", 8),  // multicast
    ]

    private struct Prefix {
        let value: UInt128
        let shift: Int

        /// - Parameter text: An IPv6 address; anything else makes a prefix that matches `::` only.
        init(_ text: String, _ bits: Int) {
            shift = 128 - bits
            value = if case .v6(let address) = IPAddress(text) { address >> shift } else { 0 }
        }

        func contains(_ address: UInt128) -> Bool {
            address >> shift == value
        }
    }
}
