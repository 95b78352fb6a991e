import JSON

/// A model as a provider's list describes it. Only the id is certain.
///
/// All of it is bounded when it is read: nobody's list can fill our memory or overflow our sums.
public struct ModelInfo: Sendable, Equatable, Codable {
    /// What the provider calls it; to be sent back as it is. At most ``longestID`` bytes.
    public var id: String
    /// For people; the id when the provider has no better name. At most ``longestID`` bytes.
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

    /// In bytes; a model with a longer id is left out.
    public static let longestID = 200
    private static let longestDescription = 2_000
    private static let longestWord = 32
    private static let mostWords = 16
    /// In tokens; more is not believed.
    static let longestContext = 100_000_000

    public init(id: String) {
        self.id = id
        name = id
        inputModalities = ["text"]
        outputModalities = ["text"]
    }

    /// Whether it takes text and gives text.
    public var chats: Bool {
        inputModalities.contains("text") && outputModalities.contains("text")
    }

    /// The same within all bounds; `nil` where the id is not sound.
    var bounded: ModelInfo? {
        guard Self.isSound(id) else { return nil }
        var info = self
        info.name = Self.shown(name).cut(toBytes: Self.longestID)
        info.description = description?.cut(toBytes: Self.longestDescription)
        info.contextLength = contextLength.map { min(max(1, $0), Self.longestContext) }
        info.maxOutputTokens = maxOutputTokens.map { min(max(1, $0), Self.longestContext) }
        info.inputModalities = Self.words(inputModalities)
        info.outputModalities = Self.words(outputModalities)
        info.prices = prices?.bounded
        return info
    }

    /// Whether a text can be a model's id: neither empty nor too long, without control characters.
    public static func isSound(_ id: String) -> Bool {
        (1...longestID).contains(id.utf8.count) && id.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Without characters that cannot be seen: they end a text, or turn what stands beside it.
    private static func shown(_ name: String) -> String {
        let hidden: [Unicode.GeneralCategory] = [.control, .format]
        let scalars = name.unicodeScalars.filter {
            !hidden.contains($0.properties.generalCategory)
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func words(_ words: [String]) -> [String] {
        words.prefix(mostWords).map { $0.cut(toBytes: longestWord) }
    }
}

/// An entry of a provider's `/models`.
struct WireModel {
    let info: ModelInfo
    let ownedBy: String?
    /// Whether it carries what only OpenRouter's list has.
    let isRich: Bool

    /// - Returns: `nil` for an entry without an id that can be sent back.
    init?(_ json: JSONValue) {
        // Some lists hold bare ids; Ollama's own calls the id a name.
        guard let id = json.text ?? json["id"].text ?? json["model"].text ?? json["name"].text
        else { return nil }
        var info = ModelInfo(id: id)
        info.name = json["name"].text ?? id
        info.description = json["description"].text
        info.contextLength = Self.contextLength(json)
        info.maxOutputTokens = Self.count(json["top_provider"]["max_completion_tokens"])
        let architecture = json["architecture"]
        (info.inputModalities, info.outputModalities) = Self.modalities(architecture)
        if !architecture.isObject, let purpose = ModelPurpose(entry: json, id: id) {
            info.outputModalities = [purpose.rawValue]
        }
        info.prices = ModelPrices(json["pricing"])
        info.createdMs = Self.count(json["created"], upTo: 9_999_999_999).map { Int64($0) * 1_000 }
        guard let bounded = info.bounded else { return nil }
        self.info = bounded
        ownedBy = json["owned_by"].text
        isRich = architecture.isObject && info.prices != nil
    }

    /// OpenRouter; vLLM; llama.cpp, where the window in use is less than the one trained for; Groq;
    /// Mistral; LM Studio.
    private static func contextLength(_ json: JSONValue) -> Int? {
        count(json["context_length"]) ?? count(json["top_provider"]["context_length"])
            ?? count(json["max_model_len"]) ?? count(json["meta"]["n_ctx"])
            ?? count(json["meta"]["n_ctx_train"]) ?? count(json["context_window"])
            ?? count(json["max_context_length"])
    }

    /// The lists, or the older `"text+image->text"`, or text alone.
    private static func modalities(_ json: JSONValue) -> ([String], [String]) {
        let sides = (json["modality"].text ?? "text->text").split(separator: "->")
        let older = sides.map { $0.split(separator: "+").map(String.init) }
        let input = json["input_modalities"].elements.compactMap(\.text)
        let output = json["output_modalities"].elements.compactMap(\.text)
        return (
            input.isEmpty ? older.first ?? ["text"] : input,
            output.isEmpty ? older.count > 1 ? older[1] : ["text"] : output
        )
    }

    private static func count(_ json: JSONValue, upTo limit: Int = ModelInfo.longestContext) -> Int?
    {
        json.count(upTo: limit).flatMap { $0 > 0 ? $0 : nil }
    }
}
