import Glibc
import SQL

func run(_ command: String, on path: String, with arguments: [String]) throws {
    let database = try Database(path: path)
    switch command {
    case "write": try write(rows: Int(arguments[0])!, to: database)
    case "read": try read(database, untilRows: Int(arguments[0])!)
    case "checkpoint": try checkpoint(database, untilRows: Int(arguments[0])!)
    case "tell": try tell(database)
    case "hold": try hold(database)
    case "migrate": try migrate(database)
    default: fatalError("no command \(command)")
    }
}

/// Writes rows, one transaction each, and says how many microseconds that took.
private func write(rows: Int, to database: Database) throws {
    waitForStart()
    let clock = ContinuousClock()
    let start = clock.now
    for number in 0..<rows { try database.write { try $0.addRow(number) } }
    say("\((clock.now - start) / .microseconds(1))")
}

/// Reads until the rows are there, and sees to it that no state changes under a reader.
private func read(_ database: Database, untilRows wanted: Int) throws {
    waitForStart()
    var seen = 0
    while seen < wanted {
        let (first, second) = try database.read { connection in
            (try connection.countRows(), try connection.countRows())
        }
        guard first == second, first >= seen else { fatalError("a snapshot that changed") }
        seen = first
    }
}

private func checkpoint(_ database: Database, untilRows wanted: Int) throws {
    waitForStart()
    while try database.read({ try $0.countRows() }) < wanted {
        try database.checkpoint()
        usleep(2000)
    }
}

/// Writes for ever, and says how many rows there are after each commit.
private func tell(_ database: Database) throws {
    waitForStart()
    while true {
        let count = try database.write { connection in
            try connection.addRow(0)
            return try connection.countRows()
        }
        say("\(count)")
    }
}

/// Stays inside a write transaction until it is killed, or nobody is left to kill it.
private func hold(_ database: Database) throws {
    try database.write { connection in
        try connection.addRow(0)
        say("held")
        while readLine() != nil {}
    }
}

private func migrate(_ database: Database) throws {
    waitForStart()
    let steps = (0..<20).map { "CREATE TABLE step_\($0) (id INTEGER PRIMARY KEY) STRICT" }
    say("\(try Migrations(steps).apply(to: database))")
}

extension Connection {
    fileprivate func addRow(_ number: Int) throws {
        try execute("INSERT INTO rows (process, number) VALUES (\(Int(getpid())), \(number))")
    }

    fileprivate func countRows() throws -> Int {
        try value("SELECT count(*) FROM rows") ?? 0
    }
}

func say(_ line: String) {
    print(line)
    fflush(nil)
}

private func waitForStart() {
    say("ready")
    while readLine() != nil {}
}
