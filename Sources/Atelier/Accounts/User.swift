import SQL

/// A person with an account.
struct User: Sendable, Encodable {
    enum Role: String, SQLConvertible, Sendable, Encodable {
        case user, admin
    }

    let id: String
    let email: String
    let name: String
    let role: Role
    let createdMs: Int

    enum CodingKeys: String, CodingKey {
        case id, email, name, role
        case createdMs = "created_ms"
    }

    static let columns: Query = "users.id, users.email, users.name, users.role, users.created_ms"

    init(id: String, email: String, name: String, role: Role, createdMs: Int) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
        self.createdMs = createdMs
    }

    /// Reads ``columns``, which stand first in the row.
    init(_ row: borrowing Row) throws {
        id = try row[0]
        email = try row[1]
        name = try row[2]
        role = try row[3]
        createdMs = try row[4]
    }
}
