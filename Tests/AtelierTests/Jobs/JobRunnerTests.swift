import HTTPClient
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

@Suite struct JobRunnerTests {
    @Test("A provider that does not tell a cost does not hold up what a dead worker left")
    func sweepBesideInquiries() throws {
        let (asked, gate) = (Counter(), Counter())
        let bench = try Workbench { exchange in
            if exchange.request.target.contains("/generation?id=gen-7") {
                asked.increment()
                _ = gate.wait(for: 1, milliseconds: 60_000)
                return try exchange.respond(status: 404, body: "{}")
            }
            try exchange.breakOff(id: "gen-7")
        }
        let admin = try bench.signIn()
        _ = admin.say("Hi", in: try admin.newConversation())
        try bench.database().write { connection in
            _ = try connection.execute("UPDATE calls SET inquiry_ms = 1 WHERE inquiry_ms > 1")
        }
        let end = Cancellation()
        let jobs = JobRunner(
            settings: bench.settings,
            scoreboard: Scoreboard(role: .jobs, runDirectory: bench.settings.runDirectory),
            logger: Workbench.silentLogger)
        let thread = JoinableThread { jobs.run(until: end) }
        try #require(asked.wait(for: 1))
        let id = try bench.abandonedGeneration(admin, [.delta("half an answer")])
        var state = "running"
        for _ in 0..<1000 where state == "running" {
            sleep(milliseconds: 10)
            state = try admin.get("/generations/\(id)").field("state")
        }
        #expect(state == "interrupted")
        #expect(gate.value == 0)
        gate.increment()
        end.cancel()
        thread.join()
    }
}
