import ArgumentParser
import Atelier

/// `atelier ledger`: what was spent.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The record of what was spent.",
        subcommands: [Rebuild.self])

    /// `atelier ledger rebuild`: the sums of each day, from the calls.
    struct Rebuild: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rebuild",
            abstract: "Add up all calls anew, and say whether the sums agreed.",
            discussion: "The service may run meanwhile.")

        func run() throws {
            ProcessSetup.yieldToOthers()
            print(try LedgerUpkeep(settings: ProcessSetup.settings()).rebuild())
        }
    }
}
