import HTTPClient

/// Reads the body of a successful answer, whether it is the event stream that was asked for or one
/// JSON document. The `Content-Type` is not believed: the first byte that is not white space tells.
final class ChatResponseReader {
    /// The provider sends signs of life only.
    struct NoProgress: Error {}

    private enum Form { case unknown, events, document }

    private var form = Form.unknown
    private var parser = ServerSentEventParser()
    private var document: [UInt8] = []
    private var lastEvent = ContinuousClock.now
    private let progress: Duration
    private(set) var assembly: ChatAssembly

    /// - Parameter contentLimit: See ``ChatAssembly``.
    init(generationID: String?, contentLimit: Int, progress: Duration) {
        assembly = ChatAssembly(generationID: generationID, contentLimit: contentLimit)
        self.progress = progress
    }

    func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (ChatEvent) throws -> Void) throws
        -> HTTPClient.Demand
    {
        if form == .unknown { form = Self.form(of: bytes) }
        // While the form is unknown both get the bytes: they may be half of a byte order mark.
        if form != .events { document.append(contentsOf: bytes) }
        if form != .document {
            try parser.feed(bytes) { event in
                lastEvent = .now
                try assembly.consume(event, emit)
            }
        }
        if assembly.isDone { return .enough }
        if form != .document && .now - lastEvent > progress { throw NoProgress() }
        return .more
    }

    /// The transfer has ended, well or not: takes what is left.
    func finish(_ emit: (ChatEvent) throws -> Void) throws {
        switch form {
        case .unknown: break
        case .document: try document.withUnsafeBytes { try assembly.consume(document: $0, emit) }
        case .events: try parser.finish { try assembly.consume($0, emit) }
        }
        try flush(hasEnded: true, emit)
    }

    /// Hands over what was held back; nothing comes any more.
    func flush(hasEnded: Bool, _ emit: (ChatEvent) throws -> Void) throws {
        try assembly.flush(hasEnded: hasEnded, emit)
    }

    /// Skips white space and the bytes of a byte order mark.
    private static func form(of bytes: UnsafeRawBufferPointer) -> Form {
        guard let first = bytes.first(where: { $0 > 0x20 && ![0xEF, 0xBB, 0xBF].contains($0) })
        else { return .unknown }
        return [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<")].contains(first)
            ? .document : .events
    }
}
