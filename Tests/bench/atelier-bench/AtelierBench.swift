import ArgumentParser
import Glibc

/// Measures Atelier beside a bare nginx proxy to the same upstream, in one run on this machine.
@main
struct AtelierBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atelier-bench",
        abstract: "Measure Atelier beside a bare nginx proxy to the same upstream.",
        discussion: """
            Prints one table. Machines differ and are shared, so read the ratios, and compare figures \
            of one run only. The exit status is not zero when something did not work, never because \
            it was slow.
            """)

    @Option(help: "The atelier program to measure.")
    var atelier: String

    @Option(help: "The directory that holds site.conf and www.")
    var nginx = "nginx"

    @Option(help: "How many workers Atelier has.")
    var workers = 2

    @Option(help: "How long each load lasts; a run has about ten of them.")
    var seconds = 4

    @Option(help: "How many streams are held open.")
    var streams = 400

    @Flag(help: "Only run the upstream, print its address, and wait for Ctrl-C.")
    var upstreamOnly = false

    func validate() throws {
        guard (1...60).contains(seconds) else {
            throw ValidationError("--seconds must be 1 to 60.")
        }
        guard (1...64).contains(workers) else {
            throw ValidationError("--workers must be 1 to 64.")
        }
        guard (1...2000).contains(streams) else {
            throw ValidationError("--streams must be 1 to 2000.")
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let place = try TemporaryDirectory()
        let upstream = try Upstream()
        let cleanUp = { @Sendable in
            upstream.endSlowAnswers()  // or Atelier would wait for them
            ChildProcess.stopAll()
            place.remove()
        }
        try ChildProcess.endWhenAsked(after: cleanUp)
        defer { cleanUp() }
        guard !upstreamOnly else { return waitForever(upstream) }
        let bench = try Bench(self, upstream: upstream, place: place)
        let faults = try bench.run()
        guard faults.isEmpty else { throw ExitCode.failure }
    }

    private func waitForever(_ upstream: Upstream) {
        print("upstream at \(upstream.address)")
        fflush(nil)
        while true { pause() }
    }
}
