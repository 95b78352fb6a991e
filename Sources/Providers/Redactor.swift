import JSON

/// Takes keys and account ids out of text that comes from a provider, and makes it short and plain.
struct Redactor {
    private static let mark = "[redacted]"
    /// A shorter key, in characters, is a placeholder for servers that want none, and may be any word.
    private static let shortestKey = 8
    private let secrets: [String]

    init(_ secrets: Secret?...) {
        self.secrets = secrets.compactMap { $0?.exposed }.filter { $0.count >= Self.shortestKey }
    }

    /// `text` without secrets, control characters and runs of white space, cut to `limit`
    /// characters, of four bytes each at most. Nothing at all when it is HTML.
    func excerpt(_ text: String, limit: Int) -> String {
        guard !Self.isHTML(text) else { return "" }
        // Cut roughly first: a hostile text may be megabytes long.
        var text = text.cut(toBytes: limit * 4)
        for secret in secrets { text.replace(secret, with: Self.mark) }
        let words = text.split { $0.isWhitespace || Self.isControl($0) }
        let clean = words.map { redacted(String($0)) }.joined(separator: " ")
        return clean.count <= limit ? clean : clean.prefix(limit - 1) + "…"
    }

    static func isHTML(_ text: String) -> Bool {
        let start = text.cut(toBytes: 2_000).lowercased()
        return start.contains("<html") || start.contains("<!doctype") || start.contains("<body")
            || start.contains("<head")
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
    }

    /// Looks at each run of characters that a key may consist of; `*` and `.` because servers
    /// shorten keys with them.
    private func redacted(_ word: String) -> String {
        var result = ""
        var run = ""
        for character in word {
            if character.isASCII,
                character.isLetter || character.isNumber || "-_*.".contains(character)
            {
                run.append(character)
            } else {
                result += isSecret(run) ? Self.mark : run
                run = ""
                result.append(character)
            }
        }
        return result + (isSecret(run) ? Self.mark : run)
    }

    private func isSecret(_ run: String) -> Bool {
        let prefixes = ["sk-", "user_", "org_", "org-"]
        if prefixes.contains(where: { run.hasPrefix($0) && run.count > $0.count }) { return true }
        // Keys of other providers, which a gateway in between may quote.
        let keys = ["gsk_", "AIza", "xai-", "hf_", "nvapi-", "pplx-", "AKIA", "eyJ"]
        if keys.contains(where: { run.hasPrefix($0) && run.count >= 16 }) { return true }
        return secrets.contains { secret in
            run.contains(secret) || run.count >= Self.shortestKey && secret.contains(run)
        }
    }
}
