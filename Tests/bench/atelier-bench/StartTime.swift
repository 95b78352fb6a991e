import Glibc
import HTTPClient
import HTTPTypes

/// From the start of the program to the first request answered, with a database that is there.
struct StartTime {
    private static let starts = 5

    let atelier: AtelierServer

    func measure(into table: inout Table) throws {
        atelier.stop()
        let whole = Samples(try (0..<Self.starts).map { _ in try wholeStart() })
        let worker = Samples(try (0..<Self.starts).map { _ in try workerStart() })
        table.add(
            "start to first answer, atelier serve, ms", Figure.number(whole.median), aim: "≤ 300")
        table.add("start to first answer, a worker alone, ms", Figure.number(worker.median))
    }

    private func wholeStart() throws -> Double {
        let client = try atelier.client()
        let request = client.request("health/live")
        let start = ContinuousClock.now
        try atelier.launch()
        try atelier.awaitAnswer(to: request, from: client.http)
        let time = (ContinuousClock.now - start).milliseconds
        atelier.stop()
        return time
    }

    private func workerStart() throws -> Double {
        let path = atelier.state + "/bench.sock"
        let listener = try Listener(atPath: path)
        defer { close(listener.descriptor) }
        let start = ContinuousClock.now
        let worker = try ChildProcess(
            [atelier.program, "worker"], environment: atelier.environment,
            standardInput: listener.descriptor, output: atelier.state + "/log/bench.log")
        defer { worker.stop() }
        let answer = try FastCGIProbe(path: path).get("/api/v1/health/live")
        guard answer.contains("Status: 200") else { throw Failure("a worker answered: \(answer)") }
        return (ContinuousClock.now - start).milliseconds
    }
}
