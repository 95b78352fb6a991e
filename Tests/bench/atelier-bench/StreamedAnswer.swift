import HTTPClient
import HTTPTypes

/// A streamed answer that was read to its end.
struct StreamedAnswer: Sendable {
    /// From the sending of the request to the arrival of the first piece; `nil` when none came.
    private(set) var firstPieceMs: Double?
    /// Whether its end came.
    private(set) var isComplete = false

    /// - Parameters:
    ///   - firstPiece: By what the first piece is known.
    ///   - end: By what the end is known.
    ///   - onFirstPiece: Called when it comes.
    ///   - onBytes: Called with all that comes, as it comes.
    init(
        to request: HTTPClient.Request, from http: HTTPClient, firstPiece: StaticString,
        end: StaticString,
        onFirstPiece: () -> Void = {}, onBytes: ([UInt8]) -> Void = { _ in }
    ) throws {
        let start = ContinuousClock.now
        var body: [UInt8] = []
        var found: Double?
        try http.stream(request) { head in
            guard head.status == .ok else { throw Failure("\(request): \(head.status.code)") }
        } onBody: { bytes in
            body += bytes
            onBytes(Array(bytes))
            if found == nil, Self.contains(firstPiece, in: body) {
                found = (ContinuousClock.now - start).milliseconds
                onFirstPiece()
            }
            return .more
        }
        firstPieceMs = found
        isComplete = Self.contains(end, in: body)
    }

    private static func contains(_ text: StaticString, in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { $0.offset(of: text) != nil }
    }
}
