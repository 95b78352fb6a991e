import CCurl

/// An `http` or `https` URL that is safe to hand to the client.
///
/// It is read by libcurl's own parser, so what is checked is what is connected to. It never carries
/// a user name, password, fragment, space, control character or non-ASCII character.
public struct HTTPURL: Sendable, Hashable {
    /// `https`, or `http`.
    public let scheme: String

    /// The host name or address; an IPv6 address is in brackets.
    public let host: String

    /// The port, also when the text leaves it out.
    public let port: Int

    /// The path, percent-encoded, at least `/`.
    public let path: String

    /// The query, percent-encoded, without its question mark.
    public let query: String?

    /// - Parameter allowPlainHTTP: Whether `http` is good enough. Without it only `https` is.
    /// - Throws: ``HTTPClientError`` with code `invalidURL`.
    public init(_ text: String, allowPlainHTTP: Bool = false) throws(HTTPClientError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidURL("the URL holds spaces, control or non-ASCII characters")
        }
        guard let parts = curl_url() else { throw .invalidURL("out of memory") }
        defer { curl_url_cleanup(parts) }
        let code = curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER))
        guard code == CURLUE_OK else { throw .invalidURL(String(cString: curl_url_strerror(code))) }

        guard let scheme = Self.part(CURLUPART_SCHEME, of: parts),
            scheme == "https" || scheme == "http" && allowPlainHTTP
        else {
            throw .invalidURL(
                allowPlainHTTP ? "only http and https are allowed" : "only https is allowed")
        }
        guard let host = Self.part(CURLUPART_HOST, of: parts), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: parts).flatMap({ Int($0) })
        else { throw .invalidURL("the URL names no host") }
        self.scheme = scheme
        self.host = host
        self.port = port
        path = Self.part(CURLUPART_PATH, of: parts) ?? "/"
        query = Self.part(CURLUPART_QUERY, of: parts)
    }

    private init(_ base: HTTPURL, path: String, query: String?) {
        scheme = base.scheme
        host = base.host
        port = base.port
        self.path = path
        self.query = query
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text
        else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Scheme, host and port: what a kept connection is good for.
    public var origin: String { "\(scheme)://\(host):\(port)" }

    /// The whole URL.
    public var text: String { origin + path + (query.map { "?" + $0 } ?? "") }

    /// This URL with `suffix` as further path segments, whether or not the path ends with a slash.
    /// The query stays unless `query` replaces it. Both are percent-encoded here.
    public func appending(path suffix: String, query: [(name: String, value: String)] = [])
        -> HTTPURL
    {
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        let segments = suffix.split(separator: "/").map { "/" + Self.percentEncoded(String($0)) }
        let items = query.map {
            Self.percentEncoded($0.name) + "=" + Self.percentEncoded($0.value)
        }
        return HTTPURL(
            self, path: base + segments.joined(),
            query: items.isEmpty ? self.query : items.joined(separator: "&"))
    }

    /// Keeps the unreserved characters of RFC 3986, section 2.3.
    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The URL without its query, which may hold a key.
    public var description: String { origin + path }
}
