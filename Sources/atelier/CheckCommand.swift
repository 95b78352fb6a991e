import ArgumentParser
import Atelier

/// `atelier check`: says everything that is wrong with the configuration and with what it names.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the configuration, and name every fault.")

    @Option(
        help: "A file of variables as systemd reads it, to be checked in place of the environment.")
    var environment: String?

    func run() throws {
        let check = try self.check()
        for note in check.notes { print(note) }
        guard check.faults.isEmpty else { throw Faults(lines: check.faults) }
        print("The configuration is sound.")
    }

    private struct Faults: Error, CustomStringConvertible {
        let lines: [String]
        var description: String {
            (["\(lines.count == 1 ? "1 fault" : "\(lines.count) faults")"] + lines)
                .joined(separator: "\n")
        }
    }

    private func check() throws -> ConfigurationCheck {
        guard let path = environment else {
            return ConfigurationCheck(
                environment: ProcessSetup.environment, readFile: ProcessSetup.readFile)
        }
        let text: String
        do { text = try ProcessSetup.readFile(path) } catch {
            throw ValidationError("\(path) cannot be read.")
        }
        let file = EnvironmentFile(text)
        var variables = file.variables
        variables["CREDENTIALS_DIRECTORY"] = ConfigurationCheck.credentials(beside: path)
        var check = ConfigurationCheck(environment: variables, readFile: ProcessSetup.readFile)
        check.checkFile(path, file)
        return check
    }
}
