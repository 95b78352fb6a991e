import Atelier
import FoundationEssentials
import HTTPTypes
import TestSupport
import Threads
import Web

/// A program that speaks to the product with an access token.
struct Client: Sendable {
    let product: Product
    var token: String?
    var refreshToken: String?
    var address = "192.0.2.1"

    func get(_ path: String, headers: HTTPFields = [:]) -> Answer {
        send(.get, path, headers: headers)
    }

    func post(_ path: String, _ json: String = "{}", headers: HTTPFields = [:]) -> Answer {
        send(.post, path, json, headers: headers)
    }

    func patch(_ path: String, _ json: String) -> Answer { send(.patch, path, json) }
    func delete(_ path: String, _ json: String? = nil) -> Answer { send(.delete, path, json) }

    /// Sends a request and takes the whole answer, streams included.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ json: String? = nil,
        headers: HTTPFields = [:],
        into writer: CollectingWriter = CollectingWriter()
    ) -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if json != nil { headers[.contentType] = headers[.contentType] ?? "application/json" }
        let parts = path.split(separator: "?", maxSplits: 1)
        let request = Request(
            id: "test", method: method, path: "/api/v1" + parts[0],
            query: QueryParameters(parts.count > 1 ? String(parts[1]) : ""), headers: headers,
            remoteAddress: address, body: BufferedBody([UInt8]((json ?? "").utf8)))
        let response = product.respond(to: request)
        var body: [UInt8] = []
        switch response.body {
        case .empty: break
        case .bytes(let bytes): body = bytes
        case .stream(let write):
            try? write(writer)
            body = writer.bytes
        }
        response.afterwards?()
        return Answer(status: response.status.code, headers: response.headers, body: body)
    }
}

struct Answer {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }

    /// One field of the answer, which must be a JSON object.
    func field<Value: Decodable>(_ name: String, as type: Value.Type = String.self) throws -> Value
    {
        guard let value = try json([String: Field<Value>].self)[name]?.value else {
            throw MissingField(name: name, body: text)
        }
        return value
    }

    /// The stable code of a problem.
    var code: String? { try? field("code") }

    /// The events of a stream.
    var events: [Event] {
        text.split(separator: "\n\n").compactMap { block in
            var event = Event()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
            }
            return event.name.isEmpty ? nil : event
        }
    }

    private struct Field<Value: Decodable>: Decodable {
        let value: Value?

        init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
    }

    struct MissingField: Error {
        let name: String
        let body: String
    }
}

/// A server-sent event.
struct Event: Equatable {
    var id = ""
    var name = ""
    var data = ""

    func field<Value: Decodable>(_ name: String, as type: Value.Type = String.self) throws -> Value
    {
        try Answer(status: 200, headers: [:], body: [UInt8](data.utf8)).field(name, as: type)
    }
}

extension [Event] {
    /// The text that its deltas make.
    var text: String {
        filter { $0.name == "delta" }.compactMap { try? $0.field("text") }.joined()
    }
}

/// Takes a stream; may stand for a client that leaves after some bytes.
final class CollectingWriter: ResponseWriter, Sendable {
    private let collected = Monitor<[UInt8]>([])
    private let limit: Int

    init(leavingAfter limit: Int = .max) { self.limit = limit }

    var bytes: [UInt8] { collected.withLock { $0 } }

    func write(_ bytes: [UInt8]) throws(ClientGone) {
        guard !isClientGone else { throw ClientGone() }
        collected.withLock { $0 += bytes }
    }

    func flush() throws(ClientGone) {}

    var isClientGone: Bool { bytes.count >= limit }
}

extension Workbench {
    /// The administrator, or whoever's address and password these are.
    func signIn(
        email: String = "admin@localhost", password: String = Workbench.adminPassword
    ) throws -> Client {
        let answer = Client(product: product).post(
            "/auth/login", #"{"email":"\#(email)","password":"\#(password)"}"#)
        return try client(from: answer)
    }

    func register(_ email: String) throws -> Client {
        let answer = Client(product: product).post(
            "/auth/register", #"{"email":"\#(email)","password":"long enough","name":"Ada"}"#)
        return try client(from: answer)
    }

    private func client(from answer: Answer) throws -> Client {
        Client(
            product: product, token: try answer.field("access_token"),
            refreshToken: try answer.field("refresh_token"))
    }
}

extension Client {
    func newConversation() throws -> String { try post("/conversations").field("id") }

    /// Sends a message and takes the whole stream.
    func say(_ text: String, in conversation: String, extra: String = "") -> Answer {
        post(
            "/conversations/\(conversation)/messages", #"{"text":"\#(text)"\#(extra)}"#,
            headers: [.accept: "text/event-stream"])
    }
}
