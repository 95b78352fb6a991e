/// A model as a provider's list describes it. Only the id is certain.
public struct ModelInfo: Sendable, Equatable, Codable {
    /// What the provider calls it; to be sent back as it is.
    public var id: String
    /// For people; the id when the provider has no better name.
    public var name: String
    public var description: String?
    /// The most tokens of prompt and answer together.
    public var contextLength: Int?
    public var maxOutputTokens: Int?
    /// `text`, `image`, `file`, `audio`, `video`, or words not known yet. Never empty.
    public var inputModalities: [String]
    public var outputModalities: [String]
    public var prices: ModelPrices?
    /// When the provider added it: milliseconds since 1970, UTC.
    public var createdMs: Int64?

    public init(id: String) {
        self.id = id
        name = id
        inputModalities = ["text"]
        outputModalities = ["text"]
    }
}

/// An entry of a provider's `/models`.
struct WireModel {
    let info: ModelInfo
    let ownedBy: String?
    /// Whether it carries what only OpenRouter's list has.
    let isRich: Bool

    /// - Returns: `nil` for an entry without an id.
    init?(_ json: JSON) {
        guard let id = json["id"].text else { return nil }
        var info = ModelInfo(id: id)
        info.name = json["name"].text ?? id
        info.description = json["description"].text
        info.contextLength = Self.contextLength(json)
        info.maxOutputTokens = Self.count(json["top_provider"]["max_completion_tokens"])
        let architecture = json["architecture"]
        (info.inputModalities, info.outputModalities) = Self.modalities(architecture)
        info.prices = ModelPrices(json["pricing"])
        info.createdMs = Self.count(json["created"])
            .flatMap { $0 < 10_000_000_000 ? Int64($0) * 1_000 : nil }
        self.info = info
        ownedBy = json["owned_by"].text
        isRich = architecture.isObject && info.prices != nil
    }

    /// OpenRouter; vLLM; llama.cpp, where the window in use is less than the one trained for.
    private static func contextLength(_ json: JSON) -> Int? {
        count(json["context_length"]) ?? count(json["top_provider"]["context_length"])
            ?? count(json["max_model_len"]) ?? count(json["meta"]["n_ctx"])
            ?? count(json["meta"]["n_ctx_train"])
    }

    /// The lists, or the older `"text+image->text"`, or text alone.
    private static func modalities(_ json: JSON) -> ([String], [String]) {
        let sides = (json["modality"].text ?? "text->text").split(separator: "->")
        let older = sides.map { $0.split(separator: "+").map(String.init) }
        let input = json["input_modalities"].elements.compactMap(\.text)
        let output = json["output_modalities"].elements.compactMap(\.text)
        return (
            input.isEmpty ? older.first ?? ["text"] : input,
            output.isEmpty ? older.count > 1 ? older[1] : ["text"] : output
        )
    }

    private static func count(_ json: JSON) -> Int? {
        json.integer.flatMap { $0 > 0 ? $0 : nil }
    }
}
