import Web

/// What a new account is made from; sound from `init` on.
struct AccountDraft: Sendable {
    let email: String
    let name: String
    let password: String

    /// - Throws: ``Problem`` `invalid_body` or `weak_password`, naming the field.
    init(email: String, name: String, password: String, rules: PasswordRules) throws(Problem) {
        self.email = try EmailAddress(email).text
        self.name = try Self.checkedName(name)
        self.password = try rules.checked(
            password, field: "password", names: [self.email, self.name])
    }

    static func checkedName(_ text: String) throws(Problem) -> String {
        let name = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...80).contains(name.count) else {
            throw .invalidBody("name", "must have 1 to 80 characters")
        }
        return name
    }
}
