import Glibc

/// What a process told of itself, as it was at one moment.
struct ScoreboardView: Sendable {
    struct RunningRequest: Sendable {
        let id: String
        let method: String
        let route: String
        let startedMs: Int
    }

    let role: Scoreboard.Role
    /// Tells processes of one role apart; the next process takes over the number of one that has ended.
    let number: Int
    /// Whether the process lives; if not, only its counters and its last beat mean something.
    let isAlive: Bool
    let pid: Int
    let startedMs: Int
    let beatMs: Int
    let requests: Int
    let busy: Int
    let idle: Int
    let limit: Int
    let streams: Int
    let hasQueue: Bool
    /// The oldest first.
    let running: [RunningRequest]
    let series: [(text: String, values: [Int])]

    /// - Returns: `nil` when the memory is not that of a scoreboard of this layout.
    init?(_ memory: SharedMemory, role: Scoreboard.Role, number: Int, isAlive: Bool) {
        func field(_ field: ScoreboardLayout.Field) -> Int { memory.load(field.offset) }
        guard memory.bytes.count >= ScoreboardLayout.size(slots: 0),
            field(.magic) == ScoreboardLayout.magic,
            let places = ScoreboardLayout.series(in: memory)
        else { return nil }
        self.role = role
        self.number = number
        self.isAlive = isAlive
        pid = field(.pid)
        startedMs = field(.startedMs)
        beatMs = field(.beatMs)
        requests = field(.requests)
        idle = field(.idle)
        limit = field(.limit)
        streams = field(.streams)
        hasQueue = field(.hasQueue) != 0
        let slots = min(
            field(.slots),
            (memory.bytes.count - ScoreboardLayout.slotsStart) / ScoreboardLayout.slotSize)
        running = (0..<max(0, slots)).compactMap { RunningRequest(memory, slot: $0) }
            .sorted { $0.startedMs < $1.startedMs }
        // Told once a second; what runs is known at once.
        busy = max(field(.busy), running.count)
        series = places.map { place in
            (place.text, (0..<place.width).map { memory.load(place.values + $0 * 8) })
        }
    }

    /// Every process of the run directory, living or not, and the one that asks.
    static func all(beside own: Scoreboard) -> [ScoreboardView] {
        var views: [ScoreboardView] = []
        for role in Scoreboard.Role.allCases {
            for number in 0..<Scoreboard.placeLimit {
                let path = Scoreboard.path(role, number, in: own.directory)
                guard access(path, F_OK) == 0 else { break }
                guard let (memory, isOwned) = SharedMemory.view(path),
                    let view = ScoreboardView(memory, role: role, number: number, isAlive: isOwned)
                else { continue }
                views.append(view)
            }
        }
        if !own.isShared {
            let view = ScoreboardView(own.memory, role: .worker, number: -1, isAlive: true)
            views += view.map { [$0] } ?? []
        }
        return views
    }
}

extension ScoreboardView.RunningRequest {
    /// - Returns: `nil` for a slot that is free, or changes just now.
    fileprivate init?(_ memory: SharedMemory, slot: Int) {
        let version = memory.load(ScoreboardLayout.version(ofSlot: slot))
        startedMs = memory.load(ScoreboardLayout.startedMs(ofSlot: slot))
        guard startedMs > 0, version % 2 == 0 else { return nil }
        method = memory.text(
            at: ScoreboardLayout.method(ofSlot: slot), width: ScoreboardLayout.methodWidth)
        id = memory.text(at: ScoreboardLayout.id(ofSlot: slot), width: ScoreboardLayout.idWidth)
        route = memory.text(
            at: ScoreboardLayout.route(ofSlot: slot), width: ScoreboardLayout.routeWidth)
        guard memory.load(ScoreboardLayout.version(ofSlot: slot)) == version else { return nil }
    }
}
