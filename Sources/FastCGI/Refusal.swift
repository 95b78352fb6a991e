/// Why a request is answered without asking the handler.
enum Refusal: Error {
    case tooManyParameters
    case parametersTooLarge
    case parametersNotUTF8
    case contentLengthNotANumber

    private var status: String {
        switch self {
        case .tooManyParameters, .parametersTooLarge: "431 Request Header Fields Too Large"
        case .parametersNotUTF8, .contentLengthNotANumber: "400 Bad Request"
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

    /// A whole CGI response, RFC 3875, section 6.
    var response: [UInt8] {
        let text = explanation + "\n"
        return Array(
            """
            Status: \(status)\r
            Content-Type: text/plain; charset=utf-8\r
            Content-Length: \(text.utf8.count)\r
            \r
            \(text)
            """.utf8)
    }
}
