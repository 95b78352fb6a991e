import HTTPClient
import Threads

/// Many clients at once, each with a stream that stays open, and how long each token took to reach them.
struct Crowd: Sendable {
    private static let patience = Duration.seconds(30)

    private struct Progress {
        var open = 0
        var ended = 0
        var complete = 0
        var failures: [String] = []
        /// Tokens sent since then count.
        var windowStart: Int?
        var relayMs: [Double] = []
    }

    private let count: Int
    private let progress = Monitor(Progress())

    /// Starts the clients, a thread for each.
    ///
    /// - Parameters:
    ///   - request: Makes the request of a client, by its number.
    ///   - firstPiece: By what the first piece is known, as for ``StreamedAnswer``.
    init(
        _ count: Int, _ http: HTTPClient, firstPiece: StaticString, end: StaticString,
        request: @escaping @Sendable (Int) throws -> HTTPClient.Request
    ) throws {
        self.count = count
        for number in 0..<count {
            try Thread.start { [progress] in
                do {
                    let answer = try StreamedAnswer(
                        to: try request(number), from: http, firstPiece: firstPiece, end: end,
                        onFirstPiece: { progress.change { $0.open += 1 } },
                        onBytes: { Self.note($0, progress) })
                    progress.change { $0.complete += answer.isComplete ? 1 : 0 }
                } catch {
                    progress.change { $0.failures.append("\(error)") }
                }
                progress.change { $0.ended += 1 }
            }
        }
    }

    private static func note(_ bytes: [UInt8], _ progress: Monitor<Progress>) {
        let now = Stamp.now.nanoseconds
        let stamps = Stamp.all(in: bytes)
        progress.withLock { progress in
            guard let start = progress.windowStart else { return }
            for stamp in stamps where stamp.nanoseconds >= start {
                progress.relayMs.append(Double(now - stamp.nanoseconds) / 1e6)
            }
        }
    }

    /// Waits until every stream has begun.
    func awaitOpen() {
        _ = progress.wait(upTo: Self.patience) { [count] in
            $0.open + $0.failures.count >= count ? true : nil
        }
    }

    /// How long the tokens took that are sent from now on.
    func beginWindow() {
        progress.withLock {
            $0.relayMs = []
            $0.windowStart = Stamp.now.nanoseconds
        }
    }

    func endWindow() -> Samples {
        progress.withLock {
            $0.windowStart = nil
            return Samples($0.relayMs)
        }
    }

    /// How many streams are open now.
    var open: Int { progress.withLock { $0.open - $0.ended } }

    /// Waits for the end of every stream.
    ///
    /// - Returns: What did not work, unless all was well.
    func fault(lasting: Int) -> String? {
        let final = progress.wait(upTo: Self.patience) { [count] in $0.ended == count ? $0 : nil }
        guard final?.open != count || lasting != count || final?.complete != count else {
            return nil
        }
        let state = progress.withLock { $0 }
        return "open streams: \(state.open) of \(count) opened, \(lasting) lasted, "
            + "\(state.complete) ended well; \(state.failures.first ?? "no other failure")"
    }
}
