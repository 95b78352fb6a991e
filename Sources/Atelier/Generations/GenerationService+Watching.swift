/// Following a generation, in whatever worker it runs.
extension GenerationService {
    /// The longest time between two looks at what `onPause` looks at.
    private static let patience = Duration.seconds(5)

    /// Hands over the events of a generation behind a position: those that were, then those to come.
    ///
    /// Returns after the last one. A generation that has ended is read from the database.
    ///
    /// - Parameter onPause: Called every few seconds at least.
    func follow(
        _ id: String, from start: StreamPosition,
        visit: (StreamEvent, StreamPosition) throws -> Void, onPause: () throws -> Void
    ) throws {
        var cursor = StreamCursor(from: start)
        while true {
            if try followLive(id, &cursor, visit: visit, onPause: onPause) { return }
            try recover(id)
            guard let stored = try store.generation(id) else { return }
            // What was seen live is seen again from here on, and passed over by its position.
            cursor.rewind()
            if stored.state.isFinal { return try replay(stored, &cursor, visit: visit) }
        }
    }

    /// - Returns: Whether the last event was seen; if not, the stream is gone or has lost its runner.
    private func followLive(
        _ id: String, _ cursor: inout StreamCursor,
        visit: (StreamEvent, StreamPosition) throws -> Void, onPause: () throws -> Void
    ) throws -> Bool {
        let path = directory.streamPath(id)
        guard let reader = try StreamLogReader(path: path) else { return false }
        // Watched before it is read: a change in between is seen at the next wait.
        let waiter = watcher.follow(file: path)
        defer { watcher.stopFollowing(waiter) }
        while true {
            let isAbandoned = reader.isAbandoned
            // A piece at a time: an answer may be long, and its viewers many.
            while case let events = try reader.next(), !events.isEmpty {
                for event in StreamEvent.joined(events) {
                    try cursor.pass(event, visit)
                    if event.kind.isLast { return true }
                }
            }
            if isAbandoned { return false }
            waiter.wait(upTo: Self.patience)
            try onPause()
        }
    }

    /// Hands over what is stored of a generation that has ended, a piece at a time.
    private func replay(
        _ generation: Generation, _ cursor: inout StreamCursor,
        visit: (StreamEvent, StreamPosition) throws -> Void
    ) throws {
        cursor.rewind(toStored: try store.content(.reasoning, of: generation)?.size ?? 0)
        try cursor.pass(.opening(generation), visit)
        for kind in [StreamEvent.Kind.reasoning, .delta] {
            guard let content = try store.content(kind, of: generation) else { continue }
            var offset = cursor.skipKnown(kind, of: content.size)
            while offset < content.size {
                let piece = try content.piece(from: offset)
                // Removed meanwhile.
                guard !piece.isEmpty else { return }
                offset += piece.count
                try cursor.pass(StreamEvent(kind: kind, payload: piece), visit)
            }
        }
        try cursor.pass(.usage(generation.usage), visit)
        try cursor.pass(.closing(generation), visit)
    }
}
