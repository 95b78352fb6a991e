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
struct WireModel: Decodable {
    let info: ModelInfo
    let ownedBy: String?
    /// Whether it carries what only OpenRouter's list has.
    let isRich: Bool

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: AnyKey.self)
        guard let id = object.text("id") else {
            throw DecodingError.valueNotFound(
                String.self, .init(codingPath: decoder.codingPath, debugDescription: "no id"))
        }
        var info = ModelInfo(id: id)
        info.name = object.text("name") ?? id
        info.description = object.text("description")
        let top = object.object("top_provider")
        info.contextLength = Self.contextLength(object, top)
        info.maxOutputTokens = top?.integer("max_completion_tokens").flatMap(Self.positive)
        let architecture = object.object("architecture")
        (info.inputModalities, info.outputModalities) = Self.modalities(architecture)
        info.prices = object.object("pricing").flatMap { ModelPrices($0) }
        info.createdMs = object.integer("created").flatMap {
            (1...9_999_999_999).contains($0) ? $0 : nil
        }
        .map { Int64($0) * 1_000 }
        self.info = info
        ownedBy = object.text("owned_by")
        isRich = architecture != nil && info.prices != nil
    }

    /// OpenRouter; vLLM; llama.cpp, where the window in use is less than the one trained for.
    private static func contextLength(_ object: LenientObject, _ top: LenientObject?) -> Int? {
        let meta = object.object("meta")
        return
            (object.integer("context_length") ?? top?.integer("context_length")
            ?? object.integer("max_model_len") ?? meta?.integer("n_ctx")
            ?? meta?.integer("n_ctx_train")).flatMap(positive)
    }

    /// The lists, or the older `"text+image->text"`, or text alone.
    private static func modalities(_ architecture: LenientObject?) -> ([String], [String]) {
        let sides = (architecture?.text("modality") ?? "text->text").split(separator: "->")
        let older = sides.map { $0.split(separator: "+").map(String.init) }
        let input = architecture?.array("input_modalities", of: String.self) ?? []
        let output = architecture?.array("output_modalities", of: String.self) ?? []
        return (
            input.isEmpty ? older.first ?? ["text"] : input,
            output.isEmpty ? older.count > 1 ? older[1] : ["text"] : output
        )
    }

    private static func positive(_ number: Int) -> Int? {
        number > 0 ? number : nil
    }
}
