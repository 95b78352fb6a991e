import HTTPTypes
import JSON
import Logging
import Testing

@testable import Web

@Suite struct ApplicationTests {
    private struct Secret: Error, CustomStringConvertible {
        let description = "password=hunter2 in SELECT * FROM users"
    }

    private struct Away: Error {}

    private func application() -> Application {
        var router = Router()
        router.get("/fine") { _ in .json { $0.member("a", 1) } }
        router.get("/internal") { _ in throw Secret() }
        router.get("/away") { _ in throw Away() }
        router.get("/problem") { _ in
            throw Problem(.conflict, "taken", "It is taken.", headers: [.retryAfter: "3"])
        }
        return Application(router, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        { error in
            error is Away ? Problem(.serviceUnavailable, "away", "It is away.") : nil
        }
    }

    private func respond(_ path: String) -> (response: Response, body: String) {
        let response = application().respond(to: Request(id: "req-1", method: .get, path: path))
        guard case .bytes(let bytes) = response.body else { return (response, "") }
        return (response, String(decoding: bytes, as: UTF8.self))
    }

    @Test func everyAnswerHasARequestIDAndIsNotCached() {
        for path in ["/fine", "/internal", "/nowhere"] {
            let response = respond(path).response
            #expect(response.headers[HTTPField.Name("X-Request-ID")!] == "req-1")
            #expect(response.headers[.cacheControl] == "no-store")
        }
    }

    @Test func anErrorOfOursShowsNothingOfItself() {
        let (response, body) = respond("/internal")
        #expect(response.status == .internalServerError)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(body.contains(#""code":"internal""#) && body.contains(#""request_id":"req-1""#))
        #expect(!body.contains("hunter2") && !body.contains("SELECT"))
    }

    @Test func aProblemIsAnsweredAsItIs() {
        let (response, body) = respond("/problem")
        #expect(response.status == .conflict)
        #expect(response.headers[.retryAfter] == "3")
        #expect(body.contains(#""code":"taken""#) && body.contains("It is taken."))
    }

    @Test func errorsOfLowerLayersAreTranslated() {
        let (response, body) = respond("/away")
        #expect(response.status == .serviceUnavailable)
        #expect(body.contains(#""code":"away""#))
    }
}
