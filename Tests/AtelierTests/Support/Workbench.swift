import FoundationEssentials
import HTTPTypes
import Logging
import SQL
import TestSupport
import Web

@testable import Atelier

/// The product of one test: a database and a run directory of its own, and an AI server whose
/// answers the test writes.
final class Workbench: Sendable {
    let product: Product
    let settings: Settings
    let server: LocalServer
    private let directory: String

    static let adminPassword = "correct horse"

    /// - Parameters:
    ///   - list: The answer to `GET /models`.
    ///   - chat: Answers `POST /chat/completions`; `nil` says `Hello there.`
    ///   - environment: Settings beside those that make it work.
    init(
        registration: String = "open", environment: [String: String] = [:],
        list: (status: Int, body: String) = (200, Workbench.models),
        chat: @escaping LocalServer.Handler = { try $0.say(["Hello ", "there."]) }
    ) throws {
        server = try LocalServer { exchange in
            if exchange.request.target.hasSuffix("/models") {
                try exchange.respond(status: list.status, body: list.body)
            } else {
                try chat(exchange)
            }
        }
        directory =
            FileManager.default.temporaryDirectory.path
            + "/atelier-test-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory + "/run", withIntermediateDirectories: true)
        try "password\niloveyou\nqwertyuiop\n".write(
            toFile: directory + "/common-passwords", atomically: false, encoding: .utf8)
        let basis = [
            "ATELIER_STATE": directory, "ATELIER_RUN": directory + "/run",
            "ATELIER_PROVIDER_URL": server.url + "/v1", "ATELIER_PROVIDER_NAME": "local",
            "ATELIER_PROVIDER_KIND": "openrouter", "ATELIER_REGISTRATION": registration,
            "ATELIER_ADMIN_PASSWORD": Self.adminPassword, "ATELIER_TITLE_MODEL": "titles",
            "ATELIER_COMMON_PASSWORDS": directory + "/common-passwords",
        ]
        settings = try Settings(environment: basis.merging(environment) { $1 }) { _ in "" }
        _ = try Installation(settings: settings, logger: Self.silentLogger).prepare()
        product = try Self.worker(settings)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A second process' view of the same database and run directory.
    func secondWorker() throws -> Product {
        try Self.worker(settings)
    }

    /// Ends what has lost its runner, as the jobs process does.
    func sweep() throws {
        try secondWorker().generations.recoverAbandoned()
    }

    func database() throws -> Database {
        try Database(path: settings.databasePath)
    }

    /// Where the live streams lie.
    var streams: String { settings.runDirectory + "/streams" }

    /// Leaves a generation as a worker does that is killed: the row runs, its money is set aside, the
    /// stream is there with these bytes behind these events, and nobody holds its lock.
    ///
    /// - Returns: The generation's id.
    func abandonedGeneration(
        _ client: Client, _ events: [StreamEvent], followedBy rest: [UInt8] = []
    ) throws -> String {
        let id = try client.say("Hi", in: client.newConversation()).events[0].field("generation_id")
        try database().write { connection in
            try connection.execute("UPDATE generations SET state = 'running' WHERE id = \(id)")
            try connection.execute(
                """
                UPDATE messages SET text = '' WHERE id IN
                    (SELECT message_id FROM generations WHERE id = \(id))
                """)
            try connection.execute(
                """
                UPDATE calls SET state = 'reserved', reported_nano_usd = NULL,
                    cost_nano_usd = NULL, finished_ms = NULL, settled_ms = NULL
                WHERE generation_id = \(id)
                """)
        }
        _ = try Ledger(database: database()).rebuildRollups()
        do {
            let log = try StreamLog(id, in: streams)
            if !events.isEmpty { try log.append(events) }
        }
        if !rest.isEmpty { StreamFile(streams + "/" + id)?.append(rest) }
        return id
    }

    /// Ends the AI server, once its models are known.
    func loseProvider(seenBy client: Client) {
        for _ in 0..<10 where client.get("/models").text.contains("writer") { break }
        server.stop()
    }

    private static func worker(_ settings: Settings) throws -> Product {
        let soon = RetryPolicy(
            pauses: [.milliseconds(1), .milliseconds(2), .milliseconds(4)],
            longestPause: .seconds(20))
        let scoreboard = Scoreboard(role: .worker, runDirectory: settings.runDirectory)
        return try Product(
            settings: settings, scoreboard: scoreboard, writeQueue: scoreboard.writeQueue(),
            retryPolicy: soon, logger: silentLogger)
    }

    static let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let models = """
        {"data": [
            {"id": "writer", "name": "Writer", "context_length": 4096,
             "pricing": {"prompt": "0.000001", "completion": "0.000002"},
             "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]}},
            {"id": "titles", "name": "Titles", "context_length": 4096},
            {"id": "spare", "name": "Spare", "context_length": 4096},
            {"id": "reserve", "name": "Reserve", "context_length": 4096}
        ]}
        """
}

extension Exchange {
    /// Says "half", and breaks the connection.
    ///
    /// - Parameter id: The provider's own id of the call.
    func breakOff(id: String? = nil) throws {
        let name = id.map { #""id":"\#($0)","# } ?? ""
        try openStream()
        try chunk(Self.event(#"{\#(name)"choices":[{"delta":{"content":"half"}}]}"#))
        pause(milliseconds: 20)
        reset()
    }

    /// Answers a chat with pieces of text, as OpenRouter streams them.
    func say(_ pieces: [String], finish: String = "stop", pauseMilliseconds: Int = 0) throws {
        try openStream()
        for piece in pieces {
            try chunk(Self.event(#"{"choices":[{"delta":{"content":"\#(piece)"}}]}"#))
            if pauseMilliseconds > 0 { pause(milliseconds: pauseMilliseconds) }
        }
        try chunk(Self.event(#"{"choices":[{"delta":{},"finish_reason":"\#(finish)"}]}"#))
        try chunk(
            Self.event(
                #"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"cost":0.00002}}"#
            ))
        try chunk("data: [DONE]\n\n")
        try endStream()
    }

    static func event(_ json: String) -> String { "data: \(json)\n\n" }
}
