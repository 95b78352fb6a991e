import Web

/// What a new account is made from; sound from `init` on.
struct AccountDraft: Sendable {
    let email: String
    let name: String
    let password: String

    /// - Throws: ``Problem/invalidBody(_:_:)`` naming the field.
    init(email: String, name: String, password: String) throws(Problem) {
        self.email = try Self.checkedEmail(email)
        self.name = try Self.checkedName(name)
        self.password = try Self.checkedPassword(password, field: "password")
    }

    /// In lower case. Whether mail arrives there only mail can tell, so little is checked.
    private static func checkedEmail(_ text: String) throws(Problem) -> String {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        let isPrintable = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f }
        guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty, isPrintable,
            text.utf8.count <= 254
        else { throw .invalidBody("email", "must be an e-mail address such as ada@example.org") }
        return text.lowercased()
    }

    static func checkedName(_ text: String) throws(Problem) -> String {
        let name = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...80).contains(name.count) else {
            throw .invalidBody("name", "must have 1 to 80 characters")
        }
        return name
    }

    /// Length is what makes a password strong (NIST SP 800-63B, 5.1.1.2).
    static func checkedPassword(_ text: String, field: String) throws(Problem) -> String {
        guard text.count >= 8 else { throw .invalidBody(field, "must have at least 8 characters") }
        guard text.utf8.count <= 1024 else {
            throw .invalidBody(field, "must have at most 1024 bytes")
        }
        return text
    }
}
