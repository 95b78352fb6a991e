import Web

/// What clients may say about accounts.
extension TextField {
    /// RFC 5321, 4.5.3.1.3, without its angle brackets.
    static let email = TextField("email", limit: 254)
    static let personName = TextField("name", limit: 320)
    static let refreshToken = TextField("refresh_token", limit: 200)

    /// A password is never shortened, so that a long one is as good as it looks.
    static func password(_ name: String) -> TextField { TextField(name, limit: 1024) }
}
