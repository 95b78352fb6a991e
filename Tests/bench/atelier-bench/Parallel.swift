import Threads

/// Runs `body` on so many threads, and waits for all of them.
///
/// - Parameter body: Gets the thread's number, from 0.
/// - Returns: The results, by number.
/// - Throws: The first error of any of them.
func inParallel<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
) throws -> [Result] {
    let results = Monitor<[Int: Swift.Result<Result, any Error>]>([:])
    for number in 0..<count {
        try Thread.start {
            let result = Swift.Result { try body(number) }
            results.change { $0[number] = result }
        }
    }
    while true {
        let all = results.wait(upTo: .seconds(60)) { $0.count == count ? $0 : nil }
        guard let all else { continue }
        return try (0..<count).map { try all[$0]!.get() }
    }
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }

    static func milliseconds(random range: ClosedRange<Double>) -> Duration {
        .nanoseconds(Int64(Double.random(in: range) * 1e6))
    }
}
