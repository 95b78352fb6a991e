import Glibc

/// What attempts from an address are counted under: an IPv4 address, or the /64 that one customer of a
/// provider has of IPv6, and more addresses in it than can be counted (RFC 6177).
enum NetworkAddress {
    /// - Returns: The text as it is when it is no address.
    static func network(of text: String) -> String {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return text }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return text }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        // An IPv4 address in IPv6's clothes (RFC 4291, 2.5.5.2).
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return bytes.suffix(4).map { "\($0)" }.joined(separator: ".")
        }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
    }
}
