import SQL

/// The text, or the reasoning, of a generation that has ended, to be read a piece at a time: an answer
/// may be long, and its readers many and slow.
struct StoredContent: Sendable {
    fileprivate let database: Database
    fileprivate let column: String
    fileprivate let messageID: String
    /// In bytes.
    let size: Int

    /// What stands behind so many bytes, up to the end of a character; empty when it was removed or
    /// changed meanwhile.
    func piece(from offset: Int) throws -> [UInt8] {
        let bytes = try database.read { connection -> [UInt8]? in
            // A row's number may be another message's by now.
            guard let (row, size) = try Self.place(of: messageID, column, connection),
                size == self.size
            else { return nil }
            return try connection.bytes(
                inColumn: column, of: "messages", row: row, from: offset,
                limit: StreamEvent.pieceBytes)
        }
        guard let bytes else { return [] }
        return offset + bytes.count < size ? Array(StreamEvent.wholeCharacters(bytes[...])) : bytes
    }

    /// - Returns: The number of the message's row, and how many bytes its column has.
    fileprivate static func place(
        of messageID: String, _ column: String, _ connection: Connection
    ) throws -> (row: Int, size: Int)? {
        let row: Int? = try connection.value("SELECT rowid FROM messages WHERE id = \(messageID)")
        guard let row,
            let size = try connection.byteCount(inColumn: column, of: "messages", row: row)
        else { return nil }
        return (row, size)
    }
}

extension GenerationStore {
    /// - Parameter kind: One of content.
    /// - Returns: `nil` where there is none.
    func content(_ kind: StreamEvent.Kind, of generation: Generation) throws -> StoredContent? {
        let column = kind == .reasoning ? "reasoning" : "text"
        return try database.read { connection in
            try StoredContent.place(of: generation.messageID, column, connection).map { place in
                StoredContent(
                    database: database, column: column, messageID: generation.messageID,
                    size: place.size)
            }
        }
    }

    func generation(_ id: String) throws -> Generation? {
        try database.read { connection in
            try connection.first(
                "SELECT \(Generation.columns) FROM generations WHERE id = \(id)"
            ) { try Generation($0) }
        }
    }
}
