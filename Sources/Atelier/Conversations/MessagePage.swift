import JSON

/// A stretch of the branch that is shown, oldest first.
struct MessagePage: JSONObject {
    let items: [Message]
    /// What to pass as `cursor` for what stands before; `null` at the beginning.
    var nextCursor: String?
    /// What to pass as `after` for what follows; `null` at the end.
    var newerCursor: String?
    /// How many messages stand before the first of this page.
    var offset = 0
    /// How many messages the whole branch has.
    var total = 0

    func writeMembers(to json: inout JSONWriter) {
        json.member("items", items)
        json.member("next_cursor", nextCursor)
        json.member("newer_cursor", newerCursor)
        json.member("offset", offset)
        json.member("total", total)
    }
}

/// Where in a branch a page lies.
enum MessagePlace: Sendable {
    case start
    case end
    /// The last of the page is this one, of whatever branch.
    case endingIn(String)
    /// The first of the page follows this one.
    case after(String)
    /// This one stands in the middle.
    case around(String)
}

/// A stretch of a branch by ordinals, both ends included.
struct MessageWindow: Equatable {
    /// What a page may hold, in bytes of text, so that nobody's page fills a worker. A message that is
    /// longer stands alone.
    static let byteLimit = 1 << 20

    private(set) var bounds: ClosedRange<Int>
    /// The message that is kept when not all fit.
    private let pivot: Int

    /// - Parameters:
    ///   - pivot: The ordinal that is asked for.
    ///   - before: How many may stand before it, as far as there are any.
    ///   - after: How many may follow it.
    ///   - last: The ordinal of the last message of the branch.
    init(pivot: Int, before: Int, after: Int, last: Int) {
        let upper = min(last, pivot + after)
        // What is missing at the end is filled up at the beginning, and the other way round.
        let lower = max(0, upper - before - after)
        bounds = lower...min(last, lower + before + after)
        self.pivot = pivot
    }

    /// Leaves out what is too much, the farthest first.
    ///
    /// - Parameter sizes: In bytes, of each message within ``bounds``.
    /// - Returns: How many bytes are left; more than ``byteLimit`` where one message has them.
    @discardableResult
    mutating func fit(_ sizes: [Int]) -> Int {
        let first = bounds.lowerBound
        var bytes = sizes[pivot - first]
        var kept = pivot...pivot
        for distance in 1...max(1, sizes.count) {
            for ordinal in [pivot - distance, pivot + distance] where bounds.contains(ordinal) {
                guard ordinal == kept.lowerBound - 1 || ordinal == kept.upperBound + 1 else {
                    continue
                }
                guard bytes + sizes[ordinal - first] <= Self.byteLimit else { continue }
                bytes += sizes[ordinal - first]
                kept = min(kept.lowerBound, ordinal)...max(kept.upperBound, ordinal)
            }
        }
        bounds = kept
        return bytes
    }
}
