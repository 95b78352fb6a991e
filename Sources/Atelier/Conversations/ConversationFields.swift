import Web

/// What clients may say about conversations.
extension TextField {
    static let title = TextField("title", limit: Title.byteLimit)
    static let model = TextField("model", limit: 200)
    static let fallbackModel = TextField("fallback_models", limit: model.limit)
    static let messageText = TextField("text", limit: 400_000)

    /// An id of ours, whatever it is called in the body; it has 36 bytes.
    static func id(_ name: String) -> TextField { TextField(name, limit: 64) }
}
