import SQL
import Web

/// What the tokens of a session say of it. The database has only its hash, as the session's id.
struct SessionSecret: Sendable, Equatable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// - Parameter isReadable: Whether programs of before the hash have to find the session too.
    static func random(readableByOldPrograms isReadable: Bool) -> SessionSecret {
        SessionSecret(isReadable ? UUIDv7.text() : OpaqueToken(prefix: "").text)
    }

    /// The session's id.
    var id: String { Base64URL.encode(OpaqueToken.hash(text)) }

    /// Sessions older than the hash have the text itself, a UUID, as their id. A hash is never taken
    /// for a text: it has another length.
    var isOld: Bool { text.utf8.count == 36 }

    /// The ids that the session may have.
    var ids: [String] { isOld ? [id, text] : [id] }

    /// The ids that a session may have whose id was read a moment ago: it may get its present one
    /// meanwhile.
    static func ids(ofSession id: String) -> [String] {
        let secret = SessionSecret(id)
        return secret.isOld ? secret.ids : [id]
    }
}
