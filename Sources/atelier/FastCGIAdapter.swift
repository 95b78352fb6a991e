import Atelier
import FastCGI
import HTTPTypes
import Logging
import Web

/// Turns FastCGI exchanges into requests and responses of an application.
struct FastCGIAdapter: Sendable {
    let logger: Logger
    /// `nil` keeps no statistics.
    var watch: WorkerWatch?
    let respond: @Sendable (Web.Request) -> Response

    /// Answers one exchange, including what the response leaves to do afterwards.
    func handle(_ exchange: Exchange) throws {
        let account = account(of: exchange)
        defer { account?.end() }
        guard let request = request(of: exchange, account?.trace ?? RequestTrace()) else {
            let refusal = Problem.invalidRequest.response(
                requestID: exchange.parameters["REQUEST_ID"] ?? RequestID.random())
            try write(refusal, to: exchange, withBody: true) {}
            return
        }
        let response = respond(request)
        // Of the response only this: its body may keep the writer that keeps this closure.
        let status = response.status
        let answered = { account?.answered(request, with: status) ?? () }
        do {
            try write(
                response, to: exchange, withBody: request.method != .head, answered: answered)
        } catch {
            if !(error is ClientGone), !(error is ResponseError) {
                logger.error(
                    "an answer broke off",
                    metadata: request.logMetadata.merging(["cause": "\(error)"]) { $1 })
            }
            response.afterwards?()
            throw error
        }
        guard let afterwards = response.afterwards else { return }
        try? exchange.finish()
        afterwards()
    }

    // MARK: The request

    private func account(of exchange: Exchange) -> RequestAccount? {
        watch.map { watch in
            RequestAccount(
                id: exchange.parameters["REQUEST_ID"] ?? "",
                method: exchange.parameters["REQUEST_METHOD"] ?? "",
                scoreboard: watch.scoreboard, slowness: watch.slowness, logger: logger)
        }
    }

    private func request(of exchange: Exchange, _ trace: RequestTrace) -> Web.Request? {
        let parameters = exchange.parameters
        guard let method = parameters["REQUEST_METHOD"].flatMap({ HTTPRequest.Method($0) }),
            let path = parameters["DOCUMENT_URI"], path.hasPrefix("/"),
            let headers = headers(of: parameters)
        else { return nil }
        return Web.Request(
            id: parameters["REQUEST_ID"] ?? RequestID.random(),
            method: method, path: path, query: QueryParameters(parameters["QUERY_STRING"] ?? ""),
            headers: headers, remoteAddress: parameters["REMOTE_ADDR"] ?? "",
            body: ExchangeBody(exchange), trace: trace, admission: { exchange.claimStream() })
    }

    /// The header fields; `nil` when one that decides who the caller is stands there twice.
    private func headers(of parameters: Parameters) -> HTTPFields? {
        var fields = HTTPFields()
        var cookies: [String] = []
        for (name, value) in parameters {
            guard let field = fieldName(name) else { continue }
            if field == .cookie {
                cookies.append(value)
            } else if field == .authorization || field == .origin, fields[field] != nil {
                return nil
            } else if !value.isEmpty {
                fields.append(HTTPField(name: field, value: value))
            }
        }
        if !cookies.isEmpty { fields[.cookie] = cookies.joined(separator: "; ") }
        return fields
    }

    /// The header field a CGI variable stands for (RFC 3875, section 4.1.18).
    private func fieldName(_ variable: String) -> HTTPField.Name? {
        switch variable {
        case "CONTENT_TYPE": .contentType
        // nginx sends both forms of these two; the CGI form is the one it vouches for.
        case "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH": nil
        case "HTTP_COOKIE": .cookie
        case let name where name.hasPrefix("HTTP_"):
            HTTPField.Name(String(name.dropFirst(5).map { $0 == "_" ? "-" : $0 }))
        default: nil
        }
    }

    // MARK: The response

    /// - Parameter answered: Called before the answer is sent, or the first byte of a stream.
    private func write(
        _ response: Response, to exchange: Exchange, withBody: Bool, answered: @escaping () -> Void
    ) throws {
        switch response.body {
        case .empty:
            answered()
            let length = response.status.code == 204 || response.status.code == 304 ? nil : 0
            try exchange.write(head(of: response, contentLength: length))
        case .bytes(let bytes):
            answered()
            try exchange.write(head(of: response, contentLength: bytes.count))
            if withBody { try exchange.write(bytes) }
        case .stream(let body):
            // The body is run in any case: it may do more than be read.
            try? exchange.write(head(of: response, contentLength: nil))
            defer { answered() }
            try body(ExchangeWriter(exchange, onWrite: answered))
        }
    }

    private func head(of response: Response, contentLength: Int?) -> [UInt8] {
        var text = "Status: \(response.status.code) \(response.status.reasonPhrase)\r\n"
        for field in response.headers {
            text += "\(field.name.rawName): \(field.value)\r\n"
        }
        if let contentLength { text += "Content-Length: \(contentLength)\r\n" }
        return [UInt8]((text + "\r\n").utf8)
    }
}

/// The body of an exchange as a request's.
private struct ExchangeBody: RequestBody {
    private let exchange: Exchange

    init(_ exchange: Exchange) { self.exchange = exchange }

    func bytes(limit: Int) throws -> [UInt8] {
        do {
            return try exchange.readBody(limit: limit)
        } catch {
            switch error {
            case .tooLarge(let limit): throw Problem.bodyTooLarge(limit: limit)
            case .truncated, .timedOut, .longerThanDeclared: throw Problem.incompleteBody
            }
        }
    }
}

/// An exchange as the place where a stream is written.
private final class ExchangeWriter: ResponseWriter {
    private let exchange: Exchange
    private let onWrite: () -> Void

    init(_ exchange: Exchange, onWrite: @escaping () -> Void) {
        self.exchange = exchange
        self.onWrite = onWrite
    }

    func write(_ bytes: [UInt8]) throws(ClientGone) {
        onWrite()
        do { try exchange.write(bytes) } catch { throw ClientGone() }
    }

    func flush() throws(ClientGone) {
        do { try exchange.flush() } catch { throw ClientGone() }
    }

    var isClientGone: Bool { exchange.isClientGone }
}

/// Ids of requests that came without one.
private enum RequestID {
    static func random() -> String {
        let number = UInt64.random(in: .min ... .max)
        return String(number, radix: 16)
    }
}
