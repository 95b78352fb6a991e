import Glibc
import HTTPTypes
import Web

/// Answers that come instead of a generation.
enum Refusals {
    /// The usual error of a status; a page where the service's edge would answer.
    static func status(_ status: Int) -> Response {
        Failure.usual(status)?.response ?? html(status)
    }

    static func retryAfter(seconds: Int) -> Response {
        rateLimit([.retryAfter: "\(seconds)"])
    }

    static func retryAfterDate(seconds: Int) -> Response {
        rateLimit([.retryAfter: RetryDate.text(secondsFromNow: seconds)])
    }

    /// A limit of the router itself, which says when it ends in milliseconds of Unix time.
    static func rateLimitReset(seconds: Int) -> Response {
        rateLimit([
            .rateLimitLimit: "50", .rateLimitRemaining: "0",
            .rateLimitReset: "\((time(nil) + seconds) * 1_000)",
        ])
    }

    private static func rateLimit(_ headers: HTTPFields) -> Response {
        var failure = Failure.usual(429)!
        failure.headers = headers
        return failure.response
    }

    static var moderated: Response {
        Failure(
            status: 403, message: "Your input was flagged by the provider's moderation",
            metadata: #"""
                {"reasons":["violence"],"flagged_input":"How do I … a model?",\#
                "provider_name":"Demo","model_slug":"sim/moderated"}
                """#
        ).response
    }

    static var errorWithSuccess: Response {
        .json(text: #"{"error":\#(Failure.usual(502)!.error)}"#)
    }

    static var empty: Response {
        Response(headers: [.contentType: "application/json"], body: .bytes([]))
    }

    /// The page of a proxy.
    static func html(_ status: Int) -> Response {
        let page = """
            <!DOCTYPE html>
            <html><head><title>demo | \(status)</title></head>
            <body><h1>Error \(status)</h1><p>The web server reported an error.</p></body></html>

            """
        return Response(
            HTTPResponse.Status(integerLiteral: status),
            headers: [.contentType: "text/html; charset=UTF-8"], body: .bytes([UInt8](page.utf8)))
    }
}

extension HTTPField.Name {
    fileprivate static let rateLimitLimit = Self("X-RateLimit-Limit")!
    fileprivate static let rateLimitRemaining = Self("X-RateLimit-Remaining")!
    fileprivate static let rateLimitReset = Self("X-RateLimit-Reset")!
}
