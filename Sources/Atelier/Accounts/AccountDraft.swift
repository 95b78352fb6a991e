import Web

/// What a new account is made from; sound from `init` on.
struct AccountDraft: Sendable {
    let email: String
    let name: String
    let password: String

    /// - Throws: ``Problem`` `invalid_body` or `weak_password`, naming the field.
    init(email: String, name: String, password: String, rules: PasswordRules) throws(Problem) {
        self.email = try EmailAddress(email).text
        self.name = try TextField.personName.line(name)
        self.password = try rules.checked(
            password, field: "password", names: [self.email, self.name])
    }
}
