import FoundationEssentials
import Glibc
import SQL
import Testing

/// A directory of a test's own, removed with what it holds.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array(
            "\(FileManager.default.temporaryDirectory.path)/sql-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/test.db" }

    /// A database with the table that the other processes write to.
    func database(_ change: (inout Database.Options) -> Void = { _ in }) throws -> Database {
        var options = Database.Options()
        change(&options)
        let database = try Database(path: file, options: options)
        try database.write { connection in
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS rows (
                    id INTEGER PRIMARY KEY, process INTEGER NOT NULL, number INTEGER NOT NULL
                ) STRICT
                """)
        }
        return database
    }
}

extension Database {
    func addRow(_ number: Int = 0) throws {
        try write { try $0.addRow(number) }
    }

    func countRows() throws -> Int {
        try read { try $0.countRows() }
    }

    func isSound() throws -> Bool {
        try read { try $0.value("PRAGMA integrity_check") == "ok" }
    }
}

extension Connection {
    func addRow(_ number: Int = 0) throws {
        try execute("INSERT INTO rows (process, number) VALUES (0, \(number))")
    }

    func countRows() throws -> Int {
        try #require(try value("SELECT count(*) FROM rows"))
    }
}

/// The kind of error the closure throws; `nil` when it throws none of ours.
func kind<T>(of body: () throws -> T) -> SQLError.Kind? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? SQLError)?.kind
    }
}
