public import HTTPClient
public import HTTPTypes

/// A configured AI server: where it is, how to be let in, and how patient to be with it.
public struct ProviderEndpoint: Sendable {
    /// Names the provider in lists, logs and model ids: letters, digits, `-`, `_` and `.` only.
    public let name: String

    /// Where its API begins, such as `https://openrouter.ai/api/v1`.
    public let baseURL: HTTPURL

    public let apiKey: Secret?
    public var kind: ProviderKind
    public var timeouts: ProviderTimeouts

    /// ``AddressPolicy/publicOnly`` when the address was given by a user.
    public var addresses: AddressPolicy

    /// Ids of models that it is known to have, whatever its list says, or whether it has one.
    public var models: [String] = []

    /// Sent with every request, such as `HTTP-Referer` for OpenRouter's attribution.
    public var headers: HTTPFields

    /// - Throws: ``InvalidProviderName`` when the name is empty or holds other characters.
    public init(
        name: String, baseURL: HTTPURL, apiKey: Secret? = nil, kind: ProviderKind = .auto,
        timeouts: ProviderTimeouts = ProviderTimeouts(), addresses: AddressPolicy = .any,
        headers: HTTPFields = [:]
    ) throws(InvalidProviderName) {
        let isSound = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isSound, !name.isEmpty, !name.hasPrefix(".") else {
            throw InvalidProviderName(name: name)
        }
        self.name = name
        self.baseURL = baseURL
        self.apiKey = apiKey.flatMap { $0.exposed.isEmpty ? nil : $0 }
        self.kind = kind == .auto ? .guess(from: baseURL) : kind
        self.timeouts = timeouts
        self.addresses = addresses
        self.headers = headers
    }

    /// A request to `path` under the base URL, with the key.
    func request(
        _ method: HTTPRequest.Method, _ path: String, query: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) -> HTTPClient.Request {
        var request = HTTPClient.Request(
            method, baseURL.appending(path: path, query: query), headers: headers, body: body)
        if let apiKey { request.headers[.authorization] = "Bearer \(apiKey.exposed)" }
        if !body.isEmpty { request.headers[.contentType] = "application/json" }
        request.addresses = addresses
        request.timeouts = timeouts.transport
        return request
    }
}

/// A provider's name that cannot be part of a model id or a file name.
public struct InvalidProviderName: Error, Sendable, Equatable {
    public let name: String
}

/// How long to wait for a provider. Reasoning models and servers that load a model first may be
/// silent for minutes.
public struct ProviderTimeouts: Sendable, Equatable {
    /// To a connection, TLS included.
    public var connect: Duration = .seconds(10)
    /// From the request to the first byte of the answer.
    public var firstByte: Duration = .seconds(300)
    /// Between two reads of a stream.
    public var idle: Duration = .seconds(180)
    /// Between two events of a stream that are more than a sign of life: comments do not count.
    public var progress: Duration = .seconds(300)
    /// For a whole answer.
    public var total: Duration = .seconds(1_800)
    /// For a list of models, from start to end.
    public var modelList: Duration = .seconds(30)

    public init() {}

    var transport: HTTPClient.Timeouts {
        HTTPClient.Timeouts(connect: connect, firstByte: firstByte, idle: idle, total: total)
    }
}
