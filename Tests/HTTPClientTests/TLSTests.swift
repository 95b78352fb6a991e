import Glibc
import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite(.enabled(if: OpenSSL.isInstalled, "needs the openssl command")) struct TLSTests {
    @Test func aCertificateNobodyVouchesForIsRefused() throws {
        let server = try TLSServer(names: "IP:127.0.0.1")
        let error = try failure { _ = try HTTPClient().send(server.request()) }
        #expect(error.code == .certificate)
        #expect(!error.requestMayHaveBeenSent)
    }

    @Test func itIsAcceptedWithItsAuthority() throws {
        let server = try TLSServer(names: "IP:127.0.0.1")
        let client = HTTPClient(.init(extraAuthorities: server.certificate))
        let answer = try client.send(server.request())
        #expect(answer.head.status.code == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("Cipher"))
    }

    @Test func anotherHostsCertificateIsRefused() throws {
        let server = try TLSServer(names: "DNS:elsewhere.example")
        let client = HTTPClient(.init(extraAuthorities: server.certificate))
        #expect(try failure { _ = try client.send(server.request()) }.code == .certificate)
    }

    @Test func anAuthorityFileThatIsMissingIsATLSFailure() throws {
        let server = try TLSServer(names: "IP:127.0.0.1")
        let client = HTTPClient(.init(extraAuthorities: "/nonexistent/authorities.pem"))
        #expect(try failure { _ = try client.send(server.request()) }.code == .tls)
    }

    @Test func aServerWithoutTLSIsATLSFailure() throws {
        let server = try LocalServer { try $0.respond(body: "plain") }
        var request = HTTPClient.Request(.get, try HTTPURL("https://127.0.0.1:\(server.port)/"))
        request.timeouts = patient
        request.timeouts.connect = .seconds(1)  // it waits for the end of a request line
        let error = try failure { _ = try HTTPClient().send(request) }
        #expect(error.code == .tls || error.code == .connectTimeout)
        #expect(server.requests.isEmpty)
    }
}

enum OpenSSL {
    static let path = "/usr/bin/openssl"
    static var isInstalled: Bool { access(path, X_OK) == 0 }
}

/// `openssl s_server` with a certificate of its own, on a free port.
private final class TLSServer {
    let certificate: String
    private let directory: String
    private let process: ChildProcess
    private let port: String

    init(names: String) throws {
        var template = Array("/tmp/tls-test-XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
        certificate = directory + "/certificate.pem"
        let key = directory + "/key.pem"
        let made = try ChildProcess([
            OpenSSL.path, "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-days",
            "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(names)",
        ])
        while made.readLine() != nil {}
        process = try ChildProcess([
            OpenSSL.path, "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key,
            "-www",
        ])
        var line = process.readLine()
        while let text = line, !text.hasPrefix("ACCEPT") { line = process.readLine() }
        port = String(try #require(line).split(separator: ":").last ?? "")
    }

    deinit {
        process.stop()
        for name in ["certificate.pem", "key.pem"] { unlink(directory + "/" + name) }
        rmdir(directory)
    }

    func request() throws -> HTTPClient.Request {
        var request = HTTPClient.Request(.get, try HTTPURL("https://127.0.0.1:\(port)/"))
        request.timeouts = patient
        return request
    }
}
