import HTTPTypes
import Testing

@testable import Web

@Suite struct RouterTests {
    private let router: Router

    init() {
        var router = Router(prefix: "/api")
        router.get("/notes") { _ in .text("list") }
        router.post("/notes") { _ in .text("made", status: .created) }
        router.get("/notes/{id}") { .text("note \(try $0.parameter("id", as: Int.self))") }
        router.get("/notes/latest") { _ in .text("latest") }
        router.get("/notes/{id}/pages/{page}") {
            .text(
                "\(try $0.parameter("id", as: String.self))/\(try $0.parameter("page", as: Int.self))"
            )
        }
        self.router = router
    }

    private func answer(_ method: HTTPRequest.Method, _ path: String) throws -> String {
        let response = try router.respond(to: Request(id: "r", method: method, path: path))
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func problem(_ method: HTTPRequest.Method, _ path: String) -> Problem? {
        do {
            _ = try router.respond(to: Request(id: "r", method: method, path: path))
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test(
        "A request knows its route by its pattern, never by its ids",
        arguments: [
            ("/api/notes/7", "/api/notes/{id}"), ("/api/notes/latest", "/api/notes/latest"),
            ("/api/notes/7/pages/8", "/api/notes/{id}/pages/{page}"), ("/api/elsewhere", nil),
            ("/api/notes/7/pages", nil),
        ])
    func pattern(path: String, route: String?) {
        var told: [String] = []
        let trace = RequestTrace { told.append($0) }
        let request = Request(id: "r", method: .get, path: path, trace: trace)
        _ = try? router.respond(to: request)
        #expect(trace.route == route)
        #expect(told == [route].compactMap(\.self))
    }

    @Test func aPrefixHoldsForTheRoutesAddedAfterIt() throws {
        var router = Router()
        router.get("/status") { _ in .text("status") }
        router.prefix = "/api"
        router.get("/notes") { _ in .text("notes") }
        #expect(throws: Never.self) {
            _ = try router.respond(to: Request(id: "r", method: .get, path: "/status"))
            _ = try router.respond(to: Request(id: "r", method: .get, path: "/api/notes"))
        }
    }

    @Test func findsByPathAndMethod() throws {
        #expect(try answer(.get, "/api/notes") == "list")
        #expect(try answer(.post, "/api/notes") == "made")
        #expect(try answer(.get, "/api/notes/7") == "note 7")
        #expect(try answer(.get, "/api/notes/a%2Fb/pages/3") == "a%2Fb/3")
    }

    @Test func aLiteralWinsOverAParameter() throws {
        #expect(try answer(.get, "/api/notes/latest") == "latest")
    }

    @Test func headRunsGet() throws {
        #expect(try answer(.head, "/api/notes") == "list")
    }

    @Test(
        "What has no route is not found",
        arguments: [
            "/", "/api", "/api/", "/notes", "/api/notes/", "/api/notes//pages/1", "/api/notes/7/",
            "/api/notes/7/pages", "/API/notes", "/api/notes/x",
        ])
    func notFound(path: String) {
        #expect(problem(.get, path)?.code == "not_found")
    }

    @Test func anotherMethodIsToldWhatIsAllowed() throws {
        let problem = problem(.delete, "/api/notes")
        #expect(problem?.status == .methodNotAllowed)
        #expect(problem?.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        let options = try router.respond(to: Request(id: "r", method: .options, path: "/api/notes"))
        #expect(
            options.status == .noContent && options.headers[.allow] == "GET, HEAD, OPTIONS, POST")
    }
}
