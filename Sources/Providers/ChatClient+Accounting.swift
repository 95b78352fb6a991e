import FoundationEssentials
public import HTTPClient
import HTTPTypes

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
        request.timeouts.total = .seconds(30)
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
        return answer.body.withUnsafeBytes {
            JSONDecoder().read(GenerationRecord.self, from: $0)?.usage
        }
    }
}

/// `GET /generation`, as far as it tells the cost.
private struct GenerationRecord: Decodable {
    let usage: TokenUsage?

    init(from decoder: any Decoder) throws {
        let body = try decoder.container(keyedBy: AnyKey.self)
        usage = body.object("data").map { data in
            TokenUsage(
                promptTokens: data.integer("native_tokens_prompt") ?? data.integer("tokens_prompt"),
                completionTokens: data.integer("native_tokens_completion")
                    ?? data.integer("tokens_completion"),
                reasoningTokens: data.integer("native_tokens_reasoning"),
                cachedTokens: data.integer("native_tokens_cached"),
                costNano: data.number("total_cost").flatMap { Money.nanoUSD($0) })
        }
    }
}
