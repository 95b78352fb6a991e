import FoundationEssentials

/// Counts the write transactions of an SQLite database in WAL mode, from outside: the header of its
/// shared-memory file counts them (walindex format, `iChange` at offset 8).
struct WriteCounter {
    let path: String

    init(database: String) {
        path = database + "-shm"
    }

    var transactions: Int {
        get throws {
            let header = try Data(contentsOf: URL(filePath: path)).prefix(12)
            guard header.count == 12 else { throw Failure("\(path) has no header") }
            return header.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
