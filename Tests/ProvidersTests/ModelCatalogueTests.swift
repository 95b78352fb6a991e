import Glibc
import HTTPClient
import Logging
import TestSupport
import Testing

@testable import Providers

@Suite struct ModelCatalogueTests {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func settings(cache: String? = nil) -> ModelCatalogue.Settings {
        var settings = ModelCatalogue.Settings()
        settings.firstRetry = .milliseconds(5)
        settings.longestRetry = .milliseconds(20)
        settings.cacheDirectory = cache
        return settings
    }

    private func catalogue(
        _ endpoints: [ProviderEndpoint], _ settings: ModelCatalogue.Settings? = nil
    )
        -> ModelCatalogue
    {
        ModelCatalogue(
            endpoints, http: HTTPClient(), settings: settings ?? self.settings(), logger: silent)
    }

    /// Waits until the states are as given.
    private func wait(_ catalogue: ModelCatalogue, for states: [ProviderStatus.State]) -> Bool {
        for _ in 1...10_000 {
            if catalogue.snapshot.providers.map(\.state) == states { return true }
            sleep(milliseconds: 1)
        }
        return false
    }

    private static func list(_ ids: String..., owner: String = "vllm") -> String {
        let entries = ids.map { #"{"id":"\#($0)","owned_by":"\#(owner)"}"# }
        return #"{"data":[\#(entries.joined(separator: ","))]}"#
    }

    @Test("Case 18: models that the configuration names are offered, whatever the list says")
    func namedModels() throws {
        let without = try LocalServer { try $0.respond(status: 404, body: "{}") }
        let with = try LocalServer { try $0.respond(body: Self.list("a", "nomic-embed-text")) }
        var one = try endpoint(without, name: "one", kind: .auto)
        one.models = ["m", "n"]
        var two = try endpoint(with, name: "two", kind: .auto)
        two.models = ["nomic-embed-text", "b"]
        let catalogue = catalogue([one, two, try endpoint(without, name: "three", kind: .auto)])
        #expect(catalogue.resolve("m")?.info.chats == true, "before anybody was asked")
        catalogue.start()
        defer { catalogue.stop() }
        #expect(wait(catalogue, for: [.ok, .ok, .down]))
        let snapshot = catalogue.snapshot
        #expect(
            snapshot.models.map(\.id) == ["m", "n", "two/a", "two/nomic-embed-text", "two/b"])
        #expect(
            snapshot.models.map(\.info.chats) == [true, true, true, true, true],
            "what is named chats")
        #expect(snapshot.providers[2].detail?.contains("no list of models") == true)
    }

    @Test func listsAreMergedAndIdsLeadBack() throws {
        let one = try LocalServer { try $0.respond(body: Self.list("a", "two/b", "c")) }
        let two = try LocalServer { try $0.respond(body: Self.list("b", "a", owner: "library")) }
        let catalogue = catalogue([
            try endpoint(one, name: "one", kind: .auto),
            try endpoint(two, name: "two", kind: .auto),
        ])
        catalogue.start()
        defer { catalogue.stop() }
        #expect(wait(catalogue, for: [.ok, .ok]))

        let snapshot = catalogue.snapshot
        #expect(snapshot.models.map(\.id) == ["a", "two/b", "c", "two/a"], "two/b is one's own")
        #expect(snapshot.models.map(\.provider) == ["one", "one", "one", "two"])
        #expect(snapshot.providers.map(\.kind) == [.vllm, .ollama])
        #expect(snapshot.providers.map(\.models) == [3, 2])
        #expect(snapshot.model("two/a")?.info.id == "a")
        #expect(snapshot.model("nothing") == nil)

        let resolved = try #require(catalogue.resolve("two/a"))
        #expect(resolved.endpoint.name == "two")
        #expect(resolved.endpoint.kind == .ollama)
        #expect(resolved.info.id == "a")
        #expect(catalogue.resolve("two/b")?.endpoint.name == "one")
        #expect(catalogue.resolve("b") == nil)
        #expect(one.requests.first?.target == "/v1/models")
        #expect(one.requests.first?.header("authorization") == "Bearer \(testKey)")
    }

    @Test func aProviderThatIsDownDisturbsNoOther() throws {
        let live = try LocalServer { try $0.respond(body: Self.list("a")) }
        let dead = try LocalServer { _ in }
        dead.stop()
        let hanging = try FullBacklog()
        let stuck = try ProviderEndpoint(
            name: "stuck",
            baseURL: HTTPURL("http://127.0.0.1:\(hanging.port)", allowPlainHTTP: true),
            timeouts: patience())
        let catalogue = catalogue([
            try endpoint(dead, name: "dead"), stuck, try endpoint(live, name: "live"),
        ])
        #expect(catalogue.snapshot.providers.map(\.state) == [.loading, .loading, .loading])
        catalogue.start()
        #expect(wait(catalogue, for: [.down, .loading, .ok]))
        #expect(catalogue.snapshot.models.map(\.id) == ["live/a"])
        let status = try #require(catalogue.snapshot.providers.first)
        #expect(status.detail == "The provider cannot be reached right now. Try again in a moment.")
        catalogue.stop()  // returns although one still tries to connect
    }

    @Test func whoWaitsSeesTheFirstList() throws {
        let mayAnswer = Counter()
        let server = try LocalServer { exchange in
            guard mayAnswer.wait(for: 1) else { return }
            try exchange.respond(body: Self.list("a"))
        }
        let catalogue = catalogue([try endpoint(server)])
        catalogue.waitWhileLoading(upTo: .zero)
        #expect(catalogue.snapshot.models.isEmpty)
        catalogue.start()
        defer { catalogue.stop() }
        mayAnswer.increment()
        catalogue.waitWhileLoading(upTo: .seconds(60))
        #expect(catalogue.snapshot.models.map(\.id) == ["a"])
    }

    @Test func aProviderThatStartsAtTheSameTimeIsStillLoading() throws {
        let turn = Counter()
        let server = try LocalServer { exchange in
            guard turn.increment() < 4 else { return try exchange.respond(body: Self.list("a")) }
            try exchange.respond(status: 502, body: "starting")
        }
        let catalogue = catalogue([try endpoint(server)])
        catalogue.start()
        defer { catalogue.stop() }
        catalogue.waitWhileLoading(upTo: .seconds(60))
        #expect(catalogue.snapshot.providers.map(\.state) == [.ok])
    }

    @Test func aStaleListIsKeptAndAFailingProviderAskedAgain() throws {
        let turn = Counter()
        let mayRecover = Counter()
        let server = try LocalServer { exchange in
            switch turn.increment() {
            case 1: try exchange.respond(body: Self.list("a"))
            case 2..<5: try exchange.respond(status: 503, body: "Bearer \(testKey) user_1")
            default:
                guard mayRecover.wait(for: 1) else { return }
                try exchange.respond(body: Self.list("a", "b"))
            }
        }
        var settings = settings()
        settings.refreshInterval = .milliseconds(5)
        let catalogue = catalogue([try endpoint(server)], settings)
        catalogue.start()
        defer { catalogue.stop() }
        #expect(turn.wait(for: 5))
        let stale = catalogue.snapshot
        #expect(stale.providers.map(\.state) == [.stale])
        #expect(stale.models.map(\.id) == ["a"])
        #expect(stale.providers.first?.detail?.contains(testKey) == false)
        mayRecover.increment()
        #expect(turn.wait(for: 6))
        #expect(catalogue.snapshot.models.map(\.id) == ["a", "b"])
    }

    @Test(
        "What is no list makes the provider down", arguments: ["<html>", "{}", "Ollama is running"])
    func noList(body: String) throws {
        let server = try LocalServer { try $0.respond(body: body) }
        let catalogue = catalogue([try endpoint(server)])
        catalogue.start()
        defer { catalogue.stop() }
        #expect(wait(catalogue, for: [.down]))
        #expect(
            catalogue.snapshot.providers.first?.detail
                == "The provider's list of models could not be understood.")
    }

    @Test func aNewProcessStartsWithTheLastLists() throws {
        var template = Array("/tmp/catalogue-test-XXXXXX".utf8CString)
        let directory = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in ["one", "two"] { unlink("\(directory)/\(name).json") }
            rmdir(directory)
        }
        let server = try LocalServer { try $0.respond(body: Self.list("a")) }
        let one = try endpoint(server, name: "one", kind: .auto)
        let first = catalogue([one], settings(cache: directory))
        first.start()
        #expect(wait(first, for: [.ok]))
        first.stop()
        server.stop()

        let second = catalogue([one], settings(cache: directory))
        #expect(second.snapshot.models.map(\.id) == ["a"])
        #expect(second.snapshot.providers.map(\.state) == [.stale])
        #expect(second.resolve("a")?.endpoint.kind == .vllm)

        let elsewhere = try ProviderEndpoint(
            name: "one", baseURL: HTTPURL("https://other.example/v1"))
        #expect(catalogue([elsewhere], settings(cache: directory)).snapshot.models.isEmpty)

        let file = try #require(fopen("\(directory)/one.json", "w"))
        fputs("{ not json", file)
        fclose(file)
        #expect(
            catalogue([one], settings(cache: directory)).snapshot.providers.map(\.state) == [
                .loading
            ])
    }

    @Test func aCacheThatCannotBeWrittenIsNoFailure() throws {
        let server = try LocalServer { try $0.respond(body: Self.list("a")) }
        let catalogue = catalogue([try endpoint(server)], settings(cache: "/dev/null/lists"))
        catalogue.start()
        defer { catalogue.stop() }
        #expect(wait(catalogue, for: [.ok]))
    }

    @Test func theNameOfAProviderIsUsedOnce() throws {
        let server = try LocalServer { try $0.respond(body: Self.list("a")) }
        let catalogue = catalogue([
            try endpoint(server, name: "x"), try endpoint(server, name: "x"),
        ])
        #expect(catalogue.snapshot.providers.count == 1)
    }

    @Test func withoutProvidersThereIsNothing() {
        let catalogue = catalogue([])
        catalogue.start()
        #expect(catalogue.snapshot.models.isEmpty)
        #expect(catalogue.resolve("a") == nil)
        catalogue.stop()
    }

    @Test func itStopsWhenReleasedAndNeverStartsAgain() throws {
        let server = try LocalServer { try $0.respond(body: Self.list("a")) }
        var held: ModelCatalogue? = catalogue([try endpoint(server)])
        held?.start()
        held?.start()
        held = nil  // waits for the thread
        let requests = server.requests.count
        #expect(requests <= 1)

        let stopped = catalogue([try endpoint(server)])
        stopped.stop()
        stopped.start()
        #expect(server.requests.count == requests)
    }
}
