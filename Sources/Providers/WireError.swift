/// An error as some server put it into JSON. Every server has its own idea of it.
struct WireError: Decodable {
    var message: String?
    /// The number in `code`, `http_status` or `status`.
    var status: Int?
    /// The words that name the kind: `error_type`, availability's `code`, `type`, a textual `code`.
    var types: [String] = []
    var retryAfterSeconds: Int?
    var isRetryable: Bool?
    /// Whether moderation or a guardrail stopped the request.
    var isModeration = false
    var providerName: String?
    /// The upstream provider's own words: for the log alone.
    var raw: String?
    /// Rate-limit headers that OpenRouter repeats in the body.
    var resetHeader: String?

    init(message: String?) {
        self.message = message
    }

    /// The value of an `error` field: an object, or just a text.
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: AnyKey.self) {
            self.init(error: object)
        } else {
            self.init(message: try decoder.singleValueContainer().decode(String.self))
        }
    }

    /// The error in the top level of a body, if it holds one.
    ///
    /// Beside `error` there are older vLLM (flat, `"object":"error"`), FastAPI (`detail`) and
    /// RFC 9457 (`title`, `detail`). A body with `choices` is an answer, whatever else is in it.
    init?(body: LenientObject) {
        if let error = body.read("error", as: WireError.self) {
            self = error
        } else if body.contains("choices") {
            return nil
        } else if body.text("object") == "error" || body.contains("detail")
            || body.contains("message") && body.contains("type")
        {
            self.init(error: body)
        } else {
            return nil
        }
        if let type = body.text("error_type") { types.insert(type, at: 0) }
    }

    private init(error: LenientObject) {
        let metadata = error.object("metadata")
        let availability = error.object("availability")
        message =
            error.text("message") ?? error.text("detail") ?? error.text("title")
            ?? error.array("detail", of: ValidationFault.self).first?.message
        status =
            error.integer("code") ?? error.integer("http_status") ?? error.integer("status")
        types = [
            metadata?.text("error_type"), error.text("error_type"), availability?.text("code"),
            error.text("code"), error.text("type"), metadata?.text("provider_code"),
        ].compactMap { $0 }
        retryAfterSeconds = availability?.integer("retry_after")
        isRetryable = availability?.read("retryable")
        isModeration =
            metadata.map { $0.contains("flagged_input") || $0.contains("patterns") } ?? false
        providerName = metadata?.text("provider_name")
        raw = metadata?.text("raw") ?? metadata?.object("raw")?.object("error")?.text("message")
        resetHeader = metadata?.object("headers")?.number("X-RateLimit-Reset")
    }

    /// One entry of FastAPI's `detail` array.
    private struct ValidationFault: Decodable {
        let message: String?

        init(from decoder: any Decoder) throws {
            message = try decoder.container(keyedBy: AnyKey.self).text("msg")
        }
    }
}

/// A body that is nothing but an error. Some gateways wrap it in an array.
struct WireErrorBody: Decodable {
    let error: WireError?

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: AnyKey.self) {
            error =
                WireError(body: object) ?? object.text("message").map { WireError(message: $0) }
        } else {
            error = try LenientArray<WireErrorBody>(from: decoder).elements.first?.error
        }
    }
}
