import Glibc
import Threads

/// An OpenAI-compatible server for Atelier and the bare proxy alike: plain sockets, a thread for each
/// connection, kept connections, answers made beforehand. It should cost next to nothing.
///
/// The model decides how an answer comes: `fast` in 20 pieces at once, each a write of its own;
/// `paced` in 20 pieces 10 ms apart; `slow` in 900 pieces 100 ms apart, each with the time of its sending.
final class Upstream: Sendable {
    private let listener: Listener
    /// Whether answers of `slow` come to their end early.
    private let isEnding = Monitor(false)

    /// Starts to listen and to answer, on threads that live as long as the process.
    init() throws {
        listener = try Listener()
        try Thread.start { [self] in
            while let connection = listener.accept() {
                do {
                    try Thread.start { [self] in serve(connection) }
                } catch {
                    close(connection)
                }
            }
        }
    }

    /// The base URL.
    var address: String { "http://127.0.0.1:\(listener.port)/v1" }

    /// Ends all answers of `slow` now, and those that are asked for from now on at once.
    func endSlowAnswers() {
        isEnding.change { $0 = true }
    }

    /// Answers of `slow` last again.
    func allowSlowAnswers() {
        isEnding.change { $0 = false }
    }

    private func serve(_ descriptor: Int32) {
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var reader = UpstreamRequestReader(descriptor)
        while let request = reader.next() {
            guard answer(request, on: descriptor) else { return }
        }
    }

    /// - Returns: Whether everything was written.
    private func answer(_ request: UpstreamRequest, on descriptor: Int32) -> Bool {
        switch request {
        case .models: write(UpstreamAnswer.models, to: descriptor)
        case .chat(let answer):
            answer.pieces.allSatisfy { piece in
                if piece.comesLater { rest(answer.pause) }
                return write(piece.stamped, to: descriptor)
            }
        case .unknown: write(UpstreamAnswer.notFound, to: descriptor)
        }
    }

    private func rest(_ pause: UpstreamAnswer.Pause) {
        switch pause {
        case .none: break
        case .fixed(let microseconds): usleep(microseconds)
        case .untilEnding(let limit): _ = isEnding.wait(upTo: limit) { $0 ? true : nil }
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}
