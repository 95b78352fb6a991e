import SQL

/// One sign-in of one person on one device.
struct Session: Sendable {
    /// How long a session lives without being used, in milliseconds: 30 days.
    static let lifetimeMs = 30 * 24 * 60 * 60 * 1000

    /// The hash of the session's secret: a copy of the database is no way in.
    let id: String
    let userID: String
    let userAgent: String
    let address: String
    let createdMs: Int
    let lastUsedMs: Int
    let expiresMs: Int

    init(id: String, userID: String, userAgent: String, address: String, now: Int) {
        self.id = id
        self.userID = userID
        self.userAgent = String(userAgent.prefix(300))
        self.address = address
        createdMs = now
        lastUsedMs = now
        expiresMs = now + Self.lifetimeMs
    }

    init(_ row: borrowing Row) throws {
        id = try row[0]
        userID = try row[1]
        userAgent = try row[2]
        address = try row[3]
        createdMs = try row[4]
        lastUsedMs = try row[5]
        expiresMs = try row[6]
    }
}
