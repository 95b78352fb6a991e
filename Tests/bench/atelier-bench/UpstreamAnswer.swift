/// An answer, made beforehand, with all of HTTP/1.1 around it.
struct UpstreamAnswer: Sendable {
    enum Pause: Sendable {
        case none
        case fixed(microseconds: UInt32)
        /// As long as the upstream is not told to end.
        case untilEnding(limit: Duration)
    }

    struct Piece: Sendable {
        let bytes: [UInt8]
        /// Whether the pause comes before it.
        let comesLater: Bool
        /// Where the time of its sending is written.
        let stampOffset: Int?

        /// What is sent now.
        var stamped: [UInt8] {
            guard let stampOffset else { return bytes }
            return Stamp.now.written(over: bytes, at: stampOffset)
        }
    }

    /// What is written, each with one call; between two of them lies the pause.
    let pieces: [Piece]
    let pause: Pause

    static let fast = UpstreamAnswer("fast", tokens: 20, .none)
    static let paced = UpstreamAnswer("paced", tokens: 20, .fixed(microseconds: 10_000))
    static let slow = UpstreamAnswer("slow", tokens: 900, .untilEnding(limit: .milliseconds(100)))

    /// The first token comes with the head, the end with the finish reason, usage and `[DONE]`.
    private init(_ model: String, tokens: Int, _ pause: Pause) {
        self.pause = pause
        let head = """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream\r
            Cache-Control: no-cache\r
            Transfer-Encoding: chunked\r
            \r

            """
        let isStamped = model == "slow"
        var pieces = (0..<tokens).map { number in
            let content = isStamped ? Stamp.blank + " " : "word\(number) "
            let text = Self.chunked(Self.event(model, content: content, finish: "null"))
            let bytes = Array((number == 0 ? head + text : text).utf8)
            return Piece(
                bytes: bytes, comesLater: number > 0,
                stampOffset: isStamped ? Stamp.offset(in: bytes) : nil)
        }
        let end =
            Self.event(model, content: "", finish: #""stop""#)
            + Self.event(model, content: "", finish: #""stop""#, more: Self.usage(tokens))
            + "data: [DONE]\n\n"
        pieces.append(
            Piece(
                bytes: Array((Self.chunked(end) + "0\r\n\r\n").utf8), comesLater: false,
                stampOffset: nil))
        self.pieces = pieces
    }

    /// A chunk as OpenRouter sends it.
    private static func event(
        _ model: String, content: String, finish: String, more: String = ""
    ) -> String {
        #"data: {"id":"gen-1780000000-AbCdEfGhIjKlMnOpQrSt","object":"chat.completion.chunk","#
            + #""created":1780000000,"model":"\#(model)","provider":"Bench","choices":[{"index":0,"#
            + #""delta":{"content":"\#(content)","role":"assistant"},"finish_reason":\#(finish),"#
            + #""native_finish_reason":\#(finish)}]\#(more)}"# + "\n\n"
    }

    private static func usage(_ tokens: Int) -> String {
        #","usage":{"prompt_tokens":12,"completion_tokens":\#(tokens),"total_tokens":\#(tokens + 12),"#
            + #""cost":0.000042,"is_byok":false,"prompt_tokens_details":{"cached_tokens":0},"#
            + #""completion_tokens_details":{"reasoning_tokens":0}}"#
    }

    /// RFC 9112, section 7.1.
    private static func chunked(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }
}

extension UpstreamAnswer {
    static let models = document(
        status: "200 OK",
        #"{"data":[\#(["fast", "paced", "slow"].map(model).joined(separator: ","))]}"#)
    static let notFound = document(
        status: "404 Not Found", #"{"error":{"code":404,"message":"Not found"}}"#)

    private static func model(_ id: String) -> String {
        #"{"id":"\#(id)","name":"\#(id)","created":1780000000,"context_length":1000000,"#
            + #""architecture":{"input_modalities":["text"],"output_modalities":["text"]},"#
            + #""pricing":{"prompt":"0.000001","completion":"0.000002"},"#
            + #""top_provider":{"context_length":1000000,"max_completion_tokens":1024}}"#
    }

    private static func document(status: String, _ json: String) -> [UInt8] {
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n"
        return Array((head + json).utf8)
    }
}
