import SQL

/// What a call is for; each feature names its own.
struct Feature: RawRepresentable, SQLConvertible, Hashable, Sendable {
    /// Stands in the books: one is never given another meaning.
    let rawValue: String
}
