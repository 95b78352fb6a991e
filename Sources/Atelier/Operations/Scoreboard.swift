import Glibc
import SQL
import Threads

/// What one process tells of itself: its threads, its running requests and its counters.
///
/// It lies in a file of the run directory that every worker reads, so that any of them answers for
/// all. Counting is an addition in shared memory, and so exact whatever ends the process. The next
/// process of the same role takes the file over and counts on, so that the sums over all files only
/// grow; they begin anew with the run directory, after a reboot.
public final class Scoreboard: Sendable {
    public enum Role: String, Sendable, CaseIterable {
        case worker, jobs
    }

    /// How the threads of a worker fare at one moment.
    public struct Load: Sendable, Equatable {
        public var busy = 0
        public var idle = 0
        public var streams = 0
        /// Whether a connection waits for a thread, of whatever worker.
        public var hasQueue = false
        /// How often all threads were busy, since the start.
        public var exhausted = 0

        public init() {}
    }

    fileprivate struct State {
        /// Where the numbers of a series lie; `nil` for one that found no room.
        var values: [Series: Int?] = [:]
        /// The same by the text, including those of an earlier process.
        var valuesByText: [String: Int] = [:]
        /// Looked up once for each request.
        var routes: [Route: RoutePlaces] = [:]
        var seriesOfMetric: [String: Int] = [:]
        var freeSlots: [Int]
        var exhausted = 0
    }

    fileprivate struct Route: Hashable {
        let method: String
        let route: String
    }

    fileprivate struct RoutePlaces {
        /// By the first digit of the status, from 1.
        var requests: [Int?]
        var seconds: Int?
    }

    /// The most processes of one role.
    static let placeLimit = 256

    let memory: SharedMemory
    /// Where it and those of the other processes lie.
    let directory: String
    /// Whether the other processes see it.
    public let isShared: Bool
    private let state: Monitor<State>

    /// Takes a free place in the run directory.
    ///
    /// Statistics are not worth failing for: where the run directory cannot be used they are kept in
    /// memory of this process alone, and ``isShared`` is false.
    /// - Parameter threads: The most requests at a time.
    public init(role: Role, runDirectory: String, threads: Int = 0) {
        let directory = runDirectory + "/scoreboards"
        let size = ScoreboardLayout.size(slots: threads)
        mkdir(directory, 0o700)
        var own: SharedMemory?
        for number in 0..<Self.placeLimit where own == nil {
            own = SharedMemory.own(Self.path(role, number, in: directory), count: size)
        }
        self.directory = directory
        isShared = own != nil
        memory = own ?? SharedMemory(count: size)
        state = Monitor(State(freeSlots: (0..<threads).reversed()))
        begin(threads: threads)
    }

    static func path(_ role: Role, _ number: Int, in directory: String) -> String {
        "\(directory)/\(role.rawValue)-\(number)"
    }

    /// Keeps the counters of an earlier process, and nothing else of it.
    private func begin(threads: Int) {
        let isKnown = self[.magic] == ScoreboardLayout.magic
        var series = isKnown ? ScoreboardLayout.series(in: memory) : nil
        if series == nil {
            self[.seriesBytes] = 0
            series = []
        }
        for field in ScoreboardLayout.Field.allCases where field != .seriesBytes { self[field] = 0 }
        for slot in 0..<threads { memory.store(0, at: ScoreboardLayout.startedMs(ofSlot: slot)) }
        self[.slots] = threads
        self[.limit] = threads
        self[.pid] = Int(getpid())
        self[.startedMs] = UnixTime.milliseconds
        beat()
        self[.magic] = ScoreboardLayout.magic
        state.withLock { state in
            for place in series ?? [] {
                state.valuesByText[place.text] = place.values
                state.seriesOfMetric[MetricsPage.name(of: place.text), default: 0] += 1
            }
        }
    }

    private subscript(field: ScoreboardLayout.Field) -> Int {
        get { memory.load(field.offset) }
        set { memory.store(newValue, at: field.offset) }
    }

    /// When the process began, in ms UTC.
    var startedMs: Int { self[.startedMs] }

    /// When ``beat()`` was called last, in ms UTC.
    public var beatMs: Int { self[.beatMs] }

    /// Tells that the process is at work.
    public func beat() {
        memory.store(UnixTime.milliseconds, at: ScoreboardLayout.Field.beatMs.offset)
    }

    /// Tells how its threads fare.
    public func publish(_ load: Load) {
        let fields: [(ScoreboardLayout.Field, Int)] = [
            (.busy, load.busy), (.idle, load.idle), (.streams, load.streams),
            (.hasQueue, load.hasQueue ? 1 : 0),
        ]
        for (field, value) in fields { memory.store(value, at: field.offset) }
        let more = state.withLock { state in
            defer { state.exhausted = load.exhausted }
            return load.exhausted - state.exhausted
        }
        add(more, to: Series(.poolExhausted))
    }
}

// MARK: - Counting

extension Scoreboard {
    /// Adds to a counter, or to one of the numbers of a histogram.
    func add(_ count: Int, to series: Series, number: Int = 0) {
        guard let values = state.withLock({ $0.place(of: series, in: memory) }) else { return }
        memory.add(count, at: values + number * 8)
    }

    /// Counts a duration in a histogram.
    func observe(_ duration: Duration, in series: Series) {
        guard let values = state.withLock({ $0.place(of: series, in: memory) }) else { return }
        observe(duration, at: values)
    }

    private func observe(_ duration: Duration, at values: Int) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        let bounds = Metric.bounds
        let bucket = bounds.firstIndex { nanoseconds <= $0.nanoseconds } ?? bounds.count
        memory.add(1, at: values + bucket * 8)
        memory.add(nanoseconds, at: values + (bounds.count + 1) * 8)
    }

    /// Counts an answer, in both metrics of requests.
    func count(method: String, route: String, status: Int, after duration: Duration) {
        let digit = min(max(status / 100, 1), 5)
        let (requests, seconds) = state.withLock { state in
            let key = Route(method: method, route: route)
            if let known = state.routes[key], let requests = known.requests[digit - 1] {
                return (requests as Int?, known.seconds)
            }
            var places =
                state.routes[key]
                ?? RoutePlaces(
                    requests: Array(repeating: nil, count: 5),
                    seconds: state.place(of: Series(.requestSeconds, method, route), in: memory))
            places.requests[digit - 1] = state.place(
                of: Series(.requests, method, route, "\(digit)xx"), in: memory)
            state.routes[key] = places
            return (places.requests[digit - 1], places.seconds)
        }
        if let requests { memory.add(1, at: requests) }
        if let seconds { observe(duration, at: seconds) }
    }
}

extension Scoreboard.State {
    fileprivate mutating func place(of series: Series, in memory: SharedMemory) -> Int? {
        if let known = values[series] { return known }
        let found = find(series, in: memory)
        values[series] = .some(found)
        return found
    }

    private mutating func find(_ series: Series, in memory: SharedMemory) -> Int? {
        let text = series.text
        if let known = valuesByText[text] { return known }
        let name = series.metric.rawValue
        let overflow = series.metric.overflow
        guard seriesOfMetric[name, default: 0] < Metric.seriesLimit || series == overflow else {
            return place(of: overflow, in: memory)
        }
        let new = ScoreboardLayout.append(text, width: series.metric.width, to: memory)
        valuesByText[text] = new
        seriesOfMetric[name, default: 0] += 1
        return new
    }
}

// MARK: - Running requests

extension Scoreboard {
    /// A place for a request, until ``free(slot:)``; `nil` when all are taken.
    func takeSlot() -> Int? {
        memory.add(1, at: ScoreboardLayout.Field.requests.offset)
        return state.withLock { $0.freeSlots.popLast() }
    }

    /// Shows a request as running.
    func show(id: String, method: String, route: String, in slot: Int) {
        memory.add(1, at: ScoreboardLayout.version(ofSlot: slot))
        memory.write(
            method, at: ScoreboardLayout.method(ofSlot: slot), width: ScoreboardLayout.methodWidth)
        memory.write(id, at: ScoreboardLayout.id(ofSlot: slot), width: ScoreboardLayout.idWidth)
        memory.write(
            route, at: ScoreboardLayout.route(ofSlot: slot), width: ScoreboardLayout.routeWidth)
        memory.store(UnixTime.milliseconds, at: ScoreboardLayout.startedMs(ofSlot: slot))
        memory.add(1, at: ScoreboardLayout.version(ofSlot: slot))
    }

    func free(slot: Int) {
        memory.store(0, at: ScoreboardLayout.startedMs(ofSlot: slot))
        state.withLock { $0.freeSlots.append(slot) }
    }
}
