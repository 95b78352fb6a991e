import Glibc

/// What stays the same through one answer and stands in every part of it.
struct GenerationHead: Sendable {
    static let provider = "Demo"

    /// `gen-`, Unix seconds, and 20 random letters and digits.
    let id: String
    /// Unix time, seconds.
    let created: Int
    /// The permanent name of the model, which may differ from the one asked for.
    let model: String

    init(model: Model) {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        created = Glibc.time(nil)
        id = "gen-\(created)-" + String((0..<20).map { _ in alphabet.randomElement()! })
        self.model = model.canonicalSlug
    }
}
