/// Durations of one kind, in milliseconds.
struct Samples: Sendable {
    private let sorted: [Double]

    init(_ milliseconds: [Double]) {
        sorted = milliseconds.sorted()
    }

    static func + (one: Samples, other: Samples) -> Samples {
        Samples(one.sorted + other.sorted)
    }

    var count: Int { sorted.count }
    var median: Double { quantile(0.5) }
    var p99: Double { quantile(0.99) }

    /// The smallest value that so large a share does not exceed; NaN when there is none.
    private func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
