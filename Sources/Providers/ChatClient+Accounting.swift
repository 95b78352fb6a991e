public import HTTPClient
import HTTPTypes
import JSON

extension ChatClient {
    /// Asks OpenRouter what an answer has cost: for answers that were stopped or broke off, whose
    /// last chunk never came.
    ///
    /// The record appears some seconds after the end of the answer, later after an abort, and
    /// sometimes never: ask again after 1, 2, 4, 8 and 16 s, then book an estimate.
    ///
    /// - Parameter id: ``ChatOrigin/generationID``.
    /// - Returns: `nil` while there is no record.
    /// - Throws: ``ProviderError`` when the provider cannot be asked.
    public func usage(
        ofGeneration id: String, from endpoint: ProviderEndpoint,
        cancellation: Cancellation = Cancellation()
    ) throws(ProviderError) -> TokenUsage? {
        var request = endpoint.request(.get, "generation", query: [("id", id)])
        request.timeouts.total = .seconds(20)
        request.maximumResponseBytes = 1 << 20
        let answer: HTTPClient.Response
        do {
            answer = try http.send(request, cancellation: cancellation)
        } catch {
            throw ProviderError(error)
        }
        if answer.head.status == .notFound { return nil }
        guard answer.head.status.code < 300 else {
            throw ProviderError(
                head: answer.head, body: answer.body, redactor: Redactor(endpoint.apiKey))
        }
        return JSONValue(answer.body).flatMap { TokenUsage(generationRecord: $0["data"]) }
    }
}

extension TokenUsage {
    /// Reads the `data` of `GET /generation`.
    fileprivate init?(generationRecord json: JSONValue) {
        guard json.isObject else { return nil }
        self.init(
            promptTokens: json["native_tokens_prompt"].tokens ?? json["tokens_prompt"].tokens,
            completionTokens: json["native_tokens_completion"].tokens
                ?? json["tokens_completion"].tokens,
            reasoningTokens: json["native_tokens_reasoning"].tokens,
            cachedTokens: json["native_tokens_cached"].tokens,
            costNano: json["total_cost"].costNano)
    }
}
