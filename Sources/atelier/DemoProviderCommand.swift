import ArgumentParser
import FastCGI

struct DemoProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "demo-provider", abstract: "x")
    @Flag var supervised = false
    func run() throws {}
}
