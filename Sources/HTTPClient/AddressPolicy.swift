import Glibc

/// Which network addresses a request may connect to.
public enum AddressPolicy: Sendable {
    /// Every address: for servers that the operator configured.
    case any

    /// Only addresses of the public internet: for addresses that users supply.
    ///
    /// The address is checked after name resolution, just before the connection is opened, and
    /// again before the request goes out over a reused one; a name that changes its answer
    /// (DNS rebinding) gains nothing. No proxy is used, since it would hide the address.
    case publicOnly

    /// Whether a connection to `address` is allowed. Families other than IPv4 and IPv6 are not
    /// public.
    func allows(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: IPAddress(address)?.isPublic ?? false
        }
    }

    /// The same for an address in text form; text that is no address is not public.
    func allows(_ address: String) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: IPAddress(address)?.isPublic ?? false
        }
    }
}
