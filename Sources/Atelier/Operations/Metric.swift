/// What is counted, under the names by which Prometheus knows it.
///
/// Each process counts for itself; what is shown is the sum.
enum Metric: String, CaseIterable, Sendable {
    case requests = "atelier_http_requests_total"
    case requestSeconds = "atelier_http_request_duration_seconds"
    case slowRequests = "atelier_http_slow_requests_total"
    case poolExhausted = "atelier_threads_exhausted_total"
    case generations = "atelier_generations_total"
    case tokens = "atelier_tokens_total"
    case cost = "atelier_cost_usd_total"
    case providerErrors = "atelier_provider_errors_total"
    case gateWait = "atelier_sqlite_gate_wait_seconds"

    var help: String {
        switch self {
        case .requests: "Requests answered, by route and class of status."
        case .requestSeconds: "Time to the answer; of a stream, to its first byte."
        case .slowRequests: "Requests that took longer than ATELIER_SLOW_SECONDS."
        case .poolExhausted: "Times that the last thread of a worker became busy."
        case .generations: "Generations that ended, by state."
        case .tokens:
            "Tokens of ended generations; reasoning is part of completion, cached of prompt."
        case .cost: "Booked cost in USD."
        case .providerErrors: "Calls to providers that failed for good, by code."
        case .gateWait: "Time that writers waited for the database; its count is that of writes."
        }
    }

    var labels: [String] {
        switch self {
        case .requests: ["method", "route", "status"]
        case .requestSeconds: ["method", "route"]
        case .slowRequests, .poolExhausted, .gateWait: []
        case .generations: ["state"]
        case .tokens: ["kind"]
        case .cost: ["provider", "model"]
        case .providerErrors: ["provider", "code"]
        }
    }

    var isHistogram: Bool { self == .requestSeconds || self == .gateWait }

    /// Whether it is counted in billionths: money, as nano-USD.
    var isNano: Bool { self == .cost }

    /// Its most series in one process: what comes to more is counted under `other`.
    static let seriesLimit = 400

    /// The upper bounds of the buckets of a histogram but the last, which has none; in nanoseconds,
    /// and in seconds as text.
    static let bounds: [(nanoseconds: Int, seconds: String)] = [
        (1_000_000, "0.001"), (5_000_000, "0.005"), (10_000_000, "0.01"), (50_000_000, "0.05"),
        (100_000_000, "0.1"), (250_000_000, "0.25"), (500_000_000, "0.5"), (1_000_000_000, "1"),
        (2_500_000_000, "2.5"), (5_000_000_000, "5"), (10_000_000_000, "10"),
    ]

    /// How many numbers a series of it has: one; of a histogram its buckets, and the sum in
    /// nanoseconds.
    var width: Int { isHistogram ? Self.bounds.count + 2 : 1 }

    /// The series of other labels than there are series for.
    var overflow: Series {
        let other = labels.map { _ in "other" } + ["", "", ""]
        return Series(self, other[0], other[1], other[2])
    }
}

/// A metric with the values of its labels, in their order.
struct Series: Hashable, Sendable {
    let metric: Metric
    private let first: String
    private let second: String
    private let third: String

    init(_ metric: Metric, _ first: String = "", _ second: String = "", _ third: String = "") {
        self.metric = metric
        self.first = first
        self.second = second
        self.third = third
    }

    /// As it stands in the text format: `name{label="value"}`.
    var text: String {
        let pairs = zip(metric.labels, [first, second, third]).map { label, value in
            "\(label)=\"\(MetricsPage.escaped(value))\""
        }
        return pairs.isEmpty
            ? metric.rawValue : "\(metric.rawValue){\(pairs.joined(separator: ","))}"
    }
}
