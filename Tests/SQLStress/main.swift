import Glibc
import SQL

// The other processes of the multi-process tests: `SQLStress COMMAND DATABASE …`.
// A command says "ready" on standard output, and begins when standard input is closed, so that
// all begin together.

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { fatalError("usage: SQLStress COMMAND DATABASE [ARGUMENT …]") }
do {
    try run(arguments[1], on: arguments[2], with: arguments.dropFirst(3).map { $0 })
} catch {
    say("error: \(error)")
    exit(1)
}
