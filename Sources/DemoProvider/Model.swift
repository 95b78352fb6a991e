import Web

/// A model of the catalogue and what it does when it is asked.
struct Model: Sendable {
    /// What a model does with a request.
    enum Reply {
        case play(Scenario)
        /// No generation comes about.
        case refuse(Response)
    }

    let id: String
    let name: String
    let description: String
    let price: Price
    /// Prompt and answer together, in tokens.
    var contextLength = 131_072
    var maxCompletionTokens = 32_768
    /// The dated name under which it answers.
    let canonicalSlug: String
    let reply: @Sendable (DemoRequest) -> Reply

    /// The entry in the list of models.
    var json: JSONLiteral {
        #"""
        {"id":\#(id),"canonical_slug":\#(canonicalSlug),"hugging_face_id":"","name":\#(name),\#
        "created":1785542400,"description":\#(description),"context_length":\#(contextLength),\#
        "architecture":{"modality":"text->text","input_modalities":["text"],\#
        "output_modalities":["text"],"tokenizer":"Other","instruct_type":null},\#
        "pricing":{"prompt":\#(price.prompt.decimal),"completion":\#(price.completion.decimal),\#
        "request":"0","image":"0"},\#
        "top_provider":{"context_length":\#(contextLength),\#
        "max_completion_tokens":\#(maxCompletionTokens),"is_moderated":false},\#
        "per_request_limits":null,"supported_parameters":["max_tokens"],"default_parameters":null,\#
        "supported_voices":null,"knowledge_cutoff":null,"expiration_date":null,\#
        "links":{"details":\#("/api/v1/models/\(canonicalSlug)/endpoints")}}
        """#
    }
}
