import HTTPClient

extension ProviderError {
    /// A transfer that broke, or never began.
    init(_ error: HTTPClientError) {
        let (code, message): (Code, String?) =
            switch error.code {
            case .cancelled: (.cancelled, nil)
            case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: (.timeout, nil)
            case .resolve, .connect, .send, .emptyReply: (.unavailable, nil)
            case .receive, .truncated:
                error.responseStarted
                    ? (
                        .unavailable,
                        "The connection to the provider broke. The answer is incomplete."
                    )
                    : (.unavailable, nil)
            case .addressRefused, .invalidURL:
                (.unavailable, "The provider's address is not allowed here.")
            case .tls, .certificate:
                (
                    .unavailable,
                    "The connection to the provider is not secure. An administrator has to check it."
                )
            case .tooLarge: (.error, "The provider sends more than can be taken in.")
            case .encoding, .protocol, .other: (.error, nil)
            }
        self.init(
            code, message, details: error.description,
            isRetryable: Self.passing.contains(error.code) && !error.responseStarted)
    }

    /// Failures that the next attempt may not meet. A server that has the whole request and stays
    /// silent, or hangs up, is not among them: it may be at work, and be paid for it, and there is no
    /// id yet by which anybody could ask. Whether to ask again is for the person to say.
    private static let passing: Set<HTTPClientError.Code> = [
        .resolve, .connect, .connectTimeout, .send,
    ]
}
