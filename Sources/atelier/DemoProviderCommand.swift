import ArgumentParser
import DemoProvider
import Logging
import Web

/// `atelier demo-provider`: an AI server that makes everything up, for trying the product out and
/// for tests.
struct DemoProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-provider",
        abstract: "Stand in for an AI provider, with no key and no network.")

    @Flag(help: "End when the starting process ends.")
    var supervised = false

    func run() throws {
        try FastCGIService.prepareProcess(supervised: supervised)
        let logger = ProcessSetup.logger("demo-provider", level: .notice)
        var router = Router()
        DemoProvider().add(to: &router)
        let application = Application(router, logger: logger)
        try FastCGIService(
            name: "demo-provider", logger: logger, threads: 512, drainPatience: .seconds(5)
        ).run { application.respond(to: $0) }
    }
}
