import JSON
import SQL

/// A person with an account.
struct User: Sendable, JSONObject {
    enum Role: String, SQLConvertible, Sendable, JSONWritable {
        case user, admin
    }

    let id: String
    let email: String
    let name: String
    let role: Role
    let createdMs: Int

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("email", email)
        json.member("name", name)
        json.member("role", role)
        json.member("created_ms", createdMs)
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
