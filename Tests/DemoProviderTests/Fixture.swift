import FoundationEssentials
import HTTPTypes
import Synchronization
import Testing
import Web

@testable import DemoProvider

/// A provider whose time passes only while it sleeps.
struct Fixture {
    let clock = SleptClock()
    let provider: DemoProvider
    private let router: Router

    init() {
        let clock = clock
        provider = DemoProvider(
            time: TimeSource(now: { clock.now }, sleep: { clock.advance(by: $0) }))
        var router = Router()
        provider.add(to: &router)
        self.router = router
    }

    func get(_ path: String, query: String = "", key: String? = "sk-test") throws -> Reply {
        try reply(
            to: Request(
                id: "r", method: .get, path: "/api/v1" + path, query: QueryParameters(query),
                headers: headers(key)))
    }

    /// Asks a model.
    ///
    /// - Parameter patience: After how many writes the client leaves.
    func chat(
        _ model: String, _ question: String = "Grüße, Welt!", stream: Bool = true,
        more: String = "", patience: Int = .max
    ) throws -> Reply {
        let quoted: JSONLiteral = "\(question)"
        let body =
            #"{"model":"\#(model)","stream":\#(stream)\#(more),"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"#
            + String(decoding: quoted.bytes, as: UTF8.self) + "}]}"
        return try post(body, patience: patience)
    }

    func post(_ body: String, key: String? = "sk-test", patience: Int = .max) throws -> Reply {
        try reply(
            to: Request(
                id: "r", method: .post, path: "/api/v1/chat/completions", headers: headers(key),
                body: BufferedBody([UInt8](body.utf8))),
            patience: patience)
    }

    private func headers(_ key: String?) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "application/json"]
        fields[.authorization] = key.map { "Bearer " + $0 }
        return fields
    }

    private func reply(to request: Request, patience: Int = .max) throws -> Reply {
        let start = clock.now
        let response = try router.respond(to: request)
        let collector = Collector(patience: patience, clock: clock)
        switch response.body {
        case .empty: break
        case .bytes(let bytes): try collector.write(bytes)
        case .stream(let body):
            do { try body(collector) } catch is ClientGone {}
        }
        return Reply(
            status: response.status.code, headers: response.headers, pieces: collector.pieces,
            duration: clock.now - start)
    }
}

final class SleptClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func advance(by duration: Duration) { instant.withLock { $0 += duration } }
}

/// Keeps what was written, with the time of each write.
private final class Collector: ResponseWriter {
    private(set) var pieces: [Reply.Piece] = []
    private let patience: Int
    private let clock: SleptClock
    private let start: ContinuousClock.Instant

    init(patience: Int, clock: SleptClock) {
        self.patience = patience
        self.clock = clock
        start = clock.now
    }

    func write(_ bytes: [UInt8]) throws(ClientGone) {
        guard !isClientGone else { throw ClientGone() }
        pieces.append(Reply.Piece(bytes: bytes, time: clock.now - start))
    }

    func flush() throws(ClientGone) {
        guard !pieces.isEmpty else { return }
        pieces[pieces.count - 1].isFlushed = true
    }

    var isClientGone: Bool { pieces.count >= patience }
}

/// What a client received.
struct Reply {
    struct Piece {
        let bytes: [UInt8]
        let time: Duration
        var isFlushed = false
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    let status: Int
    let headers: HTTPFields
    let pieces: [Piece]
    let duration: Duration

    var body: [UInt8] { pieces.flatMap(\.bytes) }
    var text: String { String(decoding: body, as: UTF8.self) }
    var generationID: String { headers[.generationID] ?? "" }

    /// The payloads of the events, where they are framed as OpenRouter frames them.
    var events: [String] {
        text.split(separator: "\n\n").filter { $0.hasPrefix("data: ") }.map {
            String($0.dropFirst(6))
        }
    }

    func chunks() throws -> [Chunk] {
        try events.filter { $0 != "[DONE]" }.map {
            try Self.decode(Chunk.self, from: [UInt8]($0.utf8))
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(bytes))
    }

    /// The text that the chunks make together.
    func answer() throws -> String {
        try chunks().compactMap { $0.choices.first?.delta?.content }.joined()
    }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try Self.decode(type, from: body)
    }
}

/// A chunk or a whole answer.
struct Chunk: Decodable {
    struct Choice: Decodable {
        let delta: Delta?
        let message: Delta?
        let finishReason: String?
        let nativeFinishReason: String?
        let error: Fault?
    }

    struct Delta: Decodable {
        let role: String?
        let content: String?
        let reasoning: String?
        let toolCalls: [ToolCall]?
        let images: [Image]?
    }

    struct ToolCall: Decodable {
        struct Function: Decodable {
            let name: String?
            let arguments: String
        }
        let id: String?
        let function: Function
    }

    struct Image: Decodable {
        struct Link: Decodable { let url: String }
        let imageUrl: Link
    }

    struct Usage: Decodable {
        let promptTokens: Int
        let completionTokens: Int
        let totalTokens: Int
        let cost: Decimal
    }

    struct Fault: Decodable { let message: String }

    let id: String
    let object: String
    let model: String
    let choices: [Choice]
    let usage: Usage?
    let error: Fault?
}
