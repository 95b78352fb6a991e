import HTTPTypes
import JSON

extension ProviderError {
    /// Judges an error that a provider put into words, in a body or in a stream.
    ///
    /// Its own words for the kind win over the status; the status wins over its prose.
    ///
    /// - Parameter head: The response it came with, for `Retry-After`; its status counts only if it
    ///   is an error's.
    init(_ error: WireError, head: HTTPResponse?, redactor: Redactor) {
        let headStatus = head.flatMap { $0.status.code >= 300 ? $0.status.code : nil }
        let status = error.status.flatMap { (400...599).contains($0) ? $0 : nil } ?? headStatus
        let prose = error.message ?? ""
        let code = Self.code(of: error, status: status, prose: prose)
        self.init(code, Self.message(code, status, prose, redactor))
        self.status = status
        let all = Self.words(error, status)
        details = redactor.excerpt(all, limit: 1_000)
        words = Secret(all.cut(toBytes: Self.longestWords))
        fields = error.fields
        let reasons = [error.message, error.raw].compactMap { $0 }.joined(separator: " – ")
        let excerpt = redactor.excerpt(reasons, limit: Self.longestReason)
        reason = excerpt.isEmpty ? nil : excerpt
        retryAfter =
            code == .unavailable || code == .rateLimited
            ? RetryHint.duration(error: error, headers: head?.headerFields ?? [:]) : nil
        isRetryable = Self.isRetryable(error, code, status, retryAfter)
        if code == .payment { explainPayment(prose) }
        if code == .rateLimited, let retryAfter {
            message =
                "The provider limits how often it may be asked. Try again in "
                + Self.spoken(retryAfter) + "."
        }
    }

    /// Judges an answer with an error status. The body may be JSON, HTML, text or nothing.
    init(head: HTTPResponse, body: [UInt8], redactor: Redactor) {
        let wire = JSONValue(body).flatMap { WireError(errorBody: $0) }
        if let wire {
            self.init(wire, head: head, redactor: redactor)
        } else {
            var error = WireError(message: nil)
            error.raw = Self.gist(of: body)
            self.init(error, head: head, redactor: redactor)
        }
    }

    // MARK: Kind

    private static func code(of error: WireError, status: Int?, prose: String) -> Code {
        if error.isModeration { return .contentRefused }
        let prose = prose.lowercased()
        // Said as a limit of tokens a minute; but no wait makes the request smaller.
        if prose.contains("request too large") { return .contextTooLong }
        for type in error.types {
            if let code = codesByType[type.lowercased()] { return code }
        }
        guard let status else { return code(ofProse: prose) }
        return switch status {
        case 403 where isAboutContent(prose): .contentRefused
        case 401, 403: .auth
        case 402: .payment
        case 404: isAboutUnknownModel(prose) ? .modelUnknown : .error
        case 408, 504, 524: .timeout
        case 413: .contextTooLong
        case 429: .rateLimited
        case 502, 503, 520...523, 525...527, 529, 530: .unavailable
        case 400, 422: code(ofProse: prose)
        default: .error
        }
    }

    /// A last resort, for servers that say it in prose alone.
    private static func code(ofProse prose: String) -> Code {
        if tooLong.contains(where: { prose.contains($0) }) { return .contextTooLong }
        if isAboutContent(prose) { return .contentRefused }
        if prose.contains("insufficient balance") { return .payment }
        return isAboutUnknownModel(prose) ? .modelUnknown : .error
    }

    /// OpenRouter, OpenAI, vLLM, llama.cpp; Anthropic; Bedrock; xAI; Gemini; Mistral.
    private static let tooLong = [
        "context length", "context window", "maximum context", "context size", "prompt is too long",
        "input is too long", "maximum prompt length", "input token count", "too many tokens",
        "too large for model", "reduce the length",
    ]

    private static func isAboutContent(_ prose: String) -> Bool {
        [
            "content management policy", "content policy", "content filter", "safety system",
            "usage policy", "usage policies", "prohibited content", "flagged", "moderation",
        ].contains { prose.contains($0) }
    }

    private static func isAboutUnknownModel(_ prose: String) -> Bool {
        prose.contains("not a valid model")
            || prose.contains("model")
                && (prose.contains("not found") || prose.contains("does not exist"))
    }

    /// `error_type` and availability codes of OpenRouter, types and codes of OpenAI, vLLM, Ollama
    /// and llama.cpp. Words that say no more than the status are left out on purpose.
    private static let codesByType: [String: Code] = [
        "context_length_exceeded": .contextTooLong, "token_limit_exceeded": .contextTooLong,
        "max_tokens_exceeded": .contextTooLong, "string_too_long": .contextTooLong,
        "exceed_context_size_error": .contextTooLong, "payload_too_large": .contextTooLong,
        "authentication": .auth, "authentication_error": .auth, "invalid_api_key": .auth,
        "payment_required": .payment, "insufficient_quota": .payment,
        "rate_limit_exceeded": .rateLimited, "capacity_exhausted": .rateLimited,
        "provider_overloaded": .unavailable, "provider_unavailable": .unavailable,
        "temporarily_unavailable": .unavailable, "unavailable_error": .unavailable,
        "timeout": .timeout,
        "content_policy_violation": .contentRefused, "refusal": .contentRefused,
        "content_filter": .contentRefused, "responsibleaipolicyviolation": .contentRefused,
        "moderation_blocked": .contentRefused, "safety": .contentRefused,
        "prohibited_content": .contentRefused, "data_inspection_failed": .contentRefused,
        "context_window_exceeded": .contextTooLong, "request_too_large": .contextTooLong,
        "invalid_authentication_error": .auth, "unauthorized": .auth, "unauthenticated": .auth,
        "insufficient_balance": .payment, "insufficient_user_quota": .payment,
        "billing_error": .payment,
        "rate_limit_error": .rateLimited, "too_many_requests": .rateLimited,
        "rate_limit_reached_error": .rateLimited,
        "overloaded_error": .unavailable, "engine_overloaded_error": .unavailable,
        "model_not_found": .modelUnknown, "model_deprecated": .modelUnknown,
        "free_variant_ended": .modelUnknown,
    ]

    // MARK: Retry

    /// OpenRouter says so, or the status is one that passes.
    private static func isRetryable(
        _ error: WireError, _ code: Code, _ status: Int?, _ retryAfter: Duration?
    ) -> Bool {
        if let retryAfter, retryAfter > .seconds(60) { return false }
        if let isRetryable = error.isRetryable { return isRetryable }
        switch code {
        case .unavailable, .rateLimited, .timeout: return true
        case .error: return status.map { $0 >= 500 && $0 != 501 } ?? true
        default: return false
        }
    }

    // MARK: Words

    /// Our sentence; for a refused request, with what the provider says, since the person can mend
    /// the request. Failures on the provider's side stay with our sentence.
    private static func message(
        _ code: Code, _ status: Int?, _ prose: String, _ redactor: Redactor
    ) -> String? {
        guard code == .error, let status, status < 500 else { return nil }
        let words = redactor.excerpt(prose, limit: 300)
        return words.isEmpty ? nil : "The provider refuses the request: \(words)"
    }

    private mutating func explainPayment(_ prose: String) {
        let marker = "can only afford "
        guard let range = prose.firstRange(of: marker),
            let tokens = Int(prose[range.upperBound...].prefix { $0.isNumber })
        else { return }
        affordableTokens = tokens
        message =
            "The provider's account can pay for \(tokens) more tokens only. Ask for a shorter "
            + "answer, or have an administrator add credit."
    }

    private static func spoken(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return switch seconds {
        case ...1: "a second"
        case 2..<120: "\(seconds) seconds"
        case 120..<7_200: "\(seconds / 60) minutes"
        default: "\(seconds / 3_600) hours"
        }
    }

    private static func words(_ error: WireError, _ status: Int?) -> String {
        let parts = [
            status.map { "status \($0)" },
            error.types.isEmpty ? nil : "type \(error.types.joined(separator: ", "))",
            error.providerName.map { "upstream \($0)" }, error.message,
            error.raw.map { "raw: \($0)" },
        ]
        return parts.compactMap { $0 }.joined(separator: "; ")
    }

    /// What a body that is not JSON is about: an HTML page's title, or the beginning of a text.
    static func gist(of body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(64 << 10), as: UTF8.self)
        guard Redactor.isHTML(text) else { return String(text.prefix(500)) }
        let lowercased = text.lowercased()
        guard let start = lowercased.firstRange(of: "<title>")?.upperBound,
            let end = lowercased[start...].firstRange(of: "</title>")?.lowerBound
        else { return "an HTML page" }
        return "an HTML page titled \"\(lowercased[start..<end])\""
    }
}
