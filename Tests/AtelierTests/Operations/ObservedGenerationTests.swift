import HTTPTypes
import Logging
import TestSupport
import Testing
import Threads
import Web

@testable import Atelier

@Suite struct ObservedGenerationTests {
    private func sum(_ series: Series, _ bench: Workbench) -> Int {
        Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory).sum(series)
    }

    @Test func anAnswerIsCountedWithItsTokensAndItsCost() throws {
        let bench = try Workbench()
        let client = try bench.signIn()
        let conversation = try client.newConversation()
        _ = client.say("Hi", in: conversation)
        _ = client.say("Again", in: conversation)
        #expect(sum(Series(.generations, "completed"), bench) == 2)
        #expect(sum(Series(.tokens, "prompt"), bench) == 20)
        #expect(sum(Series(.tokens, "completion"), bench) == 10)
        #expect(sum(Series(.cost, "local", "writer"), bench) == 40_000)
        #expect(sum(Series(.gateWait), bench) > 0)
    }

    @Test func aFailureIsCountedByItsCode() throws {
        let bench = try Workbench { try $0.respond(status: 401, body: "{}") }
        let client = try bench.signIn()
        _ = client.say("Hi", in: try client.newConversation())
        #expect(sum(Series(.generations, "failed"), bench) == 1)
        #expect(sum(Series(.providerErrors, "local", "provider_auth"), bench) == 1)
    }
}

/// Keeps what is logged.
private struct KeepingHandler: LogHandler {
    let lines: Monitor<[String]>
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        lines.change {
            $0.append("\(event.level) \(event.message) \(fields.joined(separator: " "))")
        }
    }
}

@Suite struct RequestAccountTests {
    private let directory: RunDirectory
    private let scoreboard: Scoreboard
    private let lines = Monitor<[String]>([])

    init() throws {
        directory = try RunDirectory()
        scoreboard = directory.scoreboard()
    }

    private func send(_ path: String, method: String = "GET", slowness: Duration) {
        let logger = Logger(label: "test") { [lines] _ in KeepingHandler(lines: lines) }
        let account = RequestAccount(
            id: "r-1", method: method, scoreboard: scoreboard, slowness: slowness, logger: logger)
        var router = Router()
        router.get("/notes/{id}") { [scoreboard] request in
            request.trace.userID = "u-1"
            #expect(scoreboard.views[0].running.map(\.route) == ["/notes/{id}"])
            return .text("note")
        }
        let request = Request(
            id: "r-1", method: .init(method)!, path: path,
            query: QueryParameters("q=private"), trace: account.trace)
        let response = Application(router, logger: logger).respond(to: request)
        account.answered(request, with: response.status)
        account.answered(request, with: response.status)
        account.end()
    }

    @Test func aRequestIsCountedOnceByRouteAndStatus() {
        send("/notes/1", slowness: .seconds(60))
        send("/notes/2", slowness: .seconds(60))
        send("/nothing/3", slowness: .seconds(60))
        send("/notes/4", method: "BREW", slowness: .seconds(60))
        #expect(scoreboard.sum(Series(.requests, "GET", "/notes/{id}", "2xx")) == 2)
        #expect(scoreboard.sum(Series(.requests, "GET", "none", "4xx")) == 1)
        #expect(scoreboard.sum(Series(.requests, "other", "/notes/{id}", "4xx")) == 1)
        #expect(scoreboard.views[0].running.isEmpty)
        #expect(lines.withLock { $0 }.isEmpty)
    }

    @Test func aSlowOneIsLoggedWithoutWhatThePersonWrote() {
        send("/notes/secret", slowness: .zero)
        let line = lines.withLock { $0 }.joined(separator: "|")
        #expect(line.hasPrefix("warning slow request method=GET ms="))
        #expect(line.hasSuffix(" request=r-1 route=/notes/{id} status=200 user=u-1"))
        #expect(!line.contains("secret") && !line.contains("private"))
        #expect(scoreboard.sum(Series(.slowRequests)) == 1)
    }
}
