/// Why a request is answered without asking the handler.
enum Refusal: Error {
    case tooManyParameters
    case parametersTooLarge
    case parametersNotUTF8
    case contentLengthNotANumber

    private var status: (code: Int, reason: String) {
        switch self {
        case .tooManyParameters, .parametersTooLarge: (431, "Request Header Fields Too Large")
        case .parametersNotUTF8, .contentLengthNotANumber: (400, "Bad Request")
        }
    }

    /// Stable, for programs.
    private var code: String {
        switch self {
        case .tooManyParameters, .parametersTooLarge: "headers_too_large"
        case .parametersNotUTF8, .contentLengthNotANumber: "invalid_request"
        }
    }

    private var explanation: String {
        switch self {
        case .tooManyParameters: "The request has too many header fields."
        case .parametersTooLarge: "The header fields of the request are too large."
        case .parametersNotUTF8: "The address and the header fields must be UTF-8."
        case .contentLengthNotANumber: "Content-Length must be a number of bytes."
        }
    }

    /// A whole CGI response (RFC 3875, section 6) with a problem document (RFC 9457).
    var response: [UInt8] {
        let (status, reason) = status
        let document =
            #"{"type":"about:blank","title":"\#(reason)","status":\#(status),"#
            + #""code":"\#(code)","detail":"\#(explanation)"}"#
        return Array(
            """
            Status: \(status) \(reason)\r
            Content-Type: application/problem+json\r
            Content-Length: \(document.utf8.count)\r
            \r
            \(document)
            """.utf8)
    }
}
