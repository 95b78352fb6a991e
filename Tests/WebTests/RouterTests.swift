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
