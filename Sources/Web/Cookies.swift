import HTTPTypes

extension Request {
    /// The cookies of the request by name; the first wins where a name is repeated.
    public var cookies: [Substring: Substring] {
        guard let field = headers[.cookie] else { return [:] }
        let pairs = field.split(separator: ";").compactMap { pair -> (Substring, Substring)? in
            let sides = pair.trimmingSpaces().split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? (sides[0], sides[1]) : nil
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

/// A cookie for this host alone: `__Host-` prefix, `Secure`, `HttpOnly`, `SameSite=Strict`
/// (RFC 6265bis, 4.1.3.2).
public struct HostCookie: Sendable {
    public let name: String

    /// - Parameter name: What follows the `__Host-` prefix; a token (RFC 9110, 5.6.2).
    public init(_ name: String) {
        self.name = "__Host-" + name
    }

    /// - Parameter maxAgeSeconds: How long the browser keeps it; 0 removes it.
    public func set(_ value: String, maxAgeSeconds: Int, on response: inout Response) {
        let text =
            "\(name)=\(value); Path=/; Max-Age=\(maxAgeSeconds); Secure; HttpOnly; SameSite=Strict"
        response.headers.append(HTTPField(name: .setCookie, value: text))
    }

    public func remove(on response: inout Response) {
        set("", maxAgeSeconds: 0, on: &response)
    }

    public func value(in request: Request) -> String? {
        request.cookies[name[...]].map(String.init)
    }
}
