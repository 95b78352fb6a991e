import JSON

/// What a model is for that cannot chat. The raw value is its output modality.
enum ModelPurpose: String {
    case embeddings, rerank, image, video, speech, transcription, moderation, completion

    /// As a list tells that does not speak of modalities: by a field of the entry, else by the id.
    ///
    /// - Returns: `nil` for a model that chats, as far as can be seen.
    init?(entry json: JSONValue, id: String) {
        // Mistral; Azure; Fireworks.
        let capabilities = json["capabilities"]
        let chats =
            capabilities["completion_chat"].bool ?? capabilities["chat_completion"].bool
            ?? json["supports_chat"].bool
        if chats == true { return nil }
        // Together and LM Studio; Hugging Face and GitHub.
        let type = (json["type"].text ?? json["task"].text)?.lowercased()
        if let type, Self.chatting.contains(type) { return nil }
        if let found = type.flatMap({ Self.types[$0] }) {
            self = found
        } else if let found = Self(id: id) {
            self = found
        } else if chats == false {
            self = .completion
        } else {
            return nil
        }
    }

    private static let chatting: Set = ["chat", "llm", "vlm", "chat-completion", "text-generation"]

    private static let types: [String: ModelPurpose] = [
        "embedding": .embeddings, "embeddings": .embeddings, "feature-extraction": .embeddings,
        "sentence-similarity": .embeddings, "rerank": .rerank, "reranker": .rerank,
        "image": .image, "text-to-image": .image, "video": .video, "text-to-video": .video,
        "audio": .speech, "tts": .speech, "text-to-speech": .speech, "transcribe": .transcription,
        "stt": .transcription, "automatic-speech-recognition": .transcription,
        "moderation": .moderation,
    ]

    /// Ollama and most others tell nothing but a name, so the words in it have to do: a model that is
    /// called an embedding is one. Whoever calls a chat model so names it in the configuration, which
    /// wins over the list.
    private init?(id: String) {
        let name = id.lowercased()
        let words = name.split { !$0.isLetter && !$0.isNumber }
        for (purpose, parts, whole) in Self.names
        where parts.contains(where: { name.contains($0) })
            || words.contains(where: { whole.contains(String($0)) })
        {
            self = purpose
            return
        }
        return nil
    }

    /// Parts of names, and whole words of names.
    private static let names: [(ModelPurpose, parts: [String], words: Set<String>)] = [
        (.rerank, ["rerank"], []),
        (
            .embeddings, ["embed", "sentence-transformers", "minilm", "paraphrase-"],
            ["bge", "gte", "e5", "labse"]
        ),
        (.transcription, ["transcribe"], ["whisper", "parakeet"]),
        (.speech, ["text-to-speech"], ["tts", "kokoro", "bark"]),
        (
            .image, ["dall-e", "stable-diffusion", "gpt-image", "stable-image"],
            ["sdxl", "sd3", "flux", "imagen"]
        ),
        (.video, [], ["sora", "veo"]),
        (.moderation, ["omni-moderation", "text-moderation"], []),
        (.completion, ["gpt-3.5-turbo-instruct", "davinci-002", "babbage-002"], []),
    ]
}
