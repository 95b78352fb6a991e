/// Where a viewer is in a stream, and what it has seen before.
struct StreamCursor {
    /// Everything up to here is known to the viewer.
    private var seen: StreamPosition
    private var position = StreamPosition.start

    init(from seen: StreamPosition) {
        self.seen = seen
    }

    /// Begins with the first event again; what was handed over stays seen.
    mutating func rewind() {
        position = .start
    }

    /// Begins with the first event of what was stored. Who has seen a revision, or missed one, begins
    /// anew: thoughts stand before text, so that text without all of them is none that was stored.
    ///
    /// - Parameter reasoningBytes: How long the stored thoughts are.
    mutating func rewind(toStored reasoningBytes: Int) {
        if seen.revisions > 0 || seen.textBytes > 0 && seen.reasoningBytes < reasoningBytes {
            seen = .start
        }
        position = .start
    }

    /// Moves past an event and hands over what the viewer has not seen of it, with the position behind.
    mutating func pass(_ event: StreamEvent, _ visit: (StreamEvent, StreamPosition) throws -> Void)
        rethrows
    {
        guard !event.kind.isInternal else { return }
        let start = position
        position.pass(event)
        let known = knownPart(of: event, from: start)
        guard known < event.payload.count || (!event.kind.isContent && known == 0) else { return }
        try visit(StreamEvent(kind: event.kind, payload: Array(event.payload[known...])), position)
        seen = position
    }

    /// Goes to where the viewer is in content of one kind, of which there is so much.
    ///
    /// - Returns: How many bytes of it are behind.
    mutating func skipKnown(_ kind: StreamEvent.Kind, of size: Int) -> Int {
        switch kind {
        case .reasoning:
            position.reasoningBytes = min(seen.reasoningBytes, size)
            return position.reasoningBytes
        case .delta:
            position.textBytes = min(seen.textBytes, size)
            return position.textBytes
        case .generation, .usage, .done, .error, .account, .upstreamID, .revised: return 0
        }
    }

    /// How many bytes of an event the viewer knows; all or none where it is not content.
    private func knownPart(of event: StreamEvent, from start: StreamPosition) -> Int {
        switch event.kind {
        case .reasoning:
            min(max(0, seen.reasoningBytes - start.reasoningBytes), event.payload.count)
        case .delta: min(max(0, seen.textBytes - start.textBytes), event.payload.count)
        case .revised: position.revisions <= seen.revisions ? event.payload.count : 0
        case .generation, .usage, .done, .error, .account, .upstreamID:
            position.events <= seen.events ? event.payload.count : 0
        }
    }
}

extension StreamEvent {
    /// Neighbouring pieces of content as one.
    static func joined(_ events: [StreamEvent]) -> [StreamEvent] {
        events.reduce(into: []) { result, event in
            if event.kind.isContent, result.last?.kind == event.kind {
                // In place: nobody else holds the bytes.
                result[result.count - 1].payload += event.payload
            } else {
                result.append(event)
            }
        }
    }
}
