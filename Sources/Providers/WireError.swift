import JSON

/// An error as some server put it into JSON. Every server has its own idea of it.
struct WireError {
    var message: String?
    /// The number in `code`, `http_status` or `status`.
    var status: Int?
    /// The fields of the request that it is about.
    var fields: [String] = []
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

    /// The value of an `error` field: an object, or just a text. Anything else is no error, nor is one
    /// that says nothing: some gateways send the field, empty, with every good answer.
    init?(error json: JSONValue) {
        if json.isObject {
            self.init(fields: json)
            guard saysSomething else { return nil }
        } else if json.isText, let message = json.text {
            self.init(message: message)
        } else {
            return nil
        }
    }

    private var saysSomething: Bool {
        message != nil || !types.isEmpty || status ?? 0 != 0 || raw != nil || isModeration
    }

    /// The error in the top level of a body, if it holds one.
    ///
    /// Beside `error` there are older vLLM (flat, `"object":"error"`), FastAPI (`detail`) and
    /// RFC 9457 (`title`, `detail`), MiniMax (`base_resp`), Cloudflare (`errors`), and a code with a message. A body with
    /// `choices` is an answer, whatever else is in it.
    init?(body json: JSONValue) {
        if let error = WireError(error: json["error"]) {
            self = error
        } else if let error = WireError(baseResponse: json["base_resp"]) {
            self = error
        } else if Self.hasChoices(json) {
            return nil
        } else if let error = json["errors"].elements.lazy.compactMap({ WireError(error: $0) })
            .first
        {
            self = error
        } else if json["object"].text == "error" || json.contains("detail")
            || json.contains("message") && json.contains("type") || Self.saysFailure(json)
        {
            self.init(fields: json)
            guard saysSomething else { return nil }
        } else {
            return nil
        }
        if let type = json["error_type"].text { types.insert(type, at: 0) }
    }

    /// The error in a body that can be nothing else. Some gateways wrap it in an array.
    init?(errorBody json: JSONValue) {
        if case .array(let elements) = json {
            guard let error = elements.first.flatMap({ WireError(errorBody: $0) }) else {
                return nil
            }
            self = error
        } else if let error = WireError(body: json) {
            self = error
        } else if json["message"].isText {
            self.init(fields: json)
        } else {
            return nil
        }
    }

    private static func hasChoices(_ json: JSONValue) -> Bool {
        if case .null = json["choices"] { false } else { true }
    }

    /// Whether there is a message, and a code that is none of success, which some servers send too.
    private static func saysFailure(_ json: JSONValue) -> Bool {
        guard [json["message"], json["msg"], json["error_msg"]].contains(where: \.isText) else {
            return false
        }
        if json["success"].bool == false { return true }
        return ["code", "error_code"].contains { key in
            if let code = json[key].integer { return code != 0 && !(200..<300).contains(code) }
            return json[key].text.map { !["ok", "success"].contains($0.lowercased()) } ?? false
        }
    }

    /// MiniMax's `{"status_code":1008,"status_msg":"…"}`; 0 is success.
    private init?(baseResponse json: JSONValue) {
        guard let code = json["status_code"].integer, code != 0 else { return nil }
        self.init(message: json["status_msg"].text)
        status = code
    }

    private init(fields json: JSONValue) {
        let metadata = json["metadata"]
        let availability = json["availability"]
        message =
            json["message"].text ?? json["detail"].text ?? json["title"].text
            ?? json["msg"].text ?? json["error_msg"].text
            ?? Self.fault(json["detail"]) ?? Self.fault(json["message"]["detail"])
        status = json["code"].integer ?? json["http_status"].integer ?? json["status"].integer
        types = [
            metadata["error_type"], json["error_type"], availability["code"], json["code"],
            json["type"], metadata["provider_code"],
        ].compactMap(\.text)
        fields = [json["param"].text].compactMap { $0 }
        retryAfterSeconds = availability["retry_after"].count(upTo: 1_000_000_000)
        isRetryable = availability["retryable"].bool
        isModeration = metadata.contains("flagged_input") || metadata.contains("patterns")
        providerName = metadata["provider_name"].text
        raw = metadata["raw"].text ?? metadata["raw"]["error"]["message"].text
        resetHeader = metadata["headers"]["X-RateLimit-Reset"].number
    }

    /// FastAPI's list of faults, of which each names the place: `["body", "stream_options"]`.
    private static func fault(_ json: JSONValue) -> String? {
        let faults = json.elements.prefix(5).compactMap { fault -> String? in
            let place = fault["loc"].elements.dropFirst().compactMap(\.text).joined(separator: ".")
            return fault["msg"].text.map { place.isEmpty ? $0 : "\(place): \($0)" }
        }
        return faults.isEmpty ? nil : faults.joined(separator: "; ")
    }
}
