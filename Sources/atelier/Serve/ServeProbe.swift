import HTTPClient
import HTTPTypes

/// Asks the product that was started whether it answers.
struct ServeProbe {
    private let client: HTTPClient
    private let url: HTTPURL

    /// - Parameter certificate: A PEM file with the certificate to trust.
    init(port: Int, certificate: String) throws {
        client = HTTPClient(.init(extraAuthorities: certificate))
        url = try HTTPURL("https://localhost:\(port)/api/v1/health/live")
    }

    func answers() -> Bool {
        var request = HTTPClient.Request(.get, url)
        request.timeouts.total = .seconds(2)
        guard let response = try? client.send(request) else { return false }
        return response.head.status.code == 200
    }
}
