internal import CFaults
import Threads

/// A system call of this process that fails; one test at a time.
public enum Faults {
    public enum Call: Sendable, CaseIterable {
        case open, read, write, fdatasync, linkat
    }

    private static let isTaken = Monitor(false)

    /// Whether the build lets them happen.
    public static var arePossible: Bool { faults_are_possible() != 0 }

    /// Lets the `number`-th call of a kind, on files whose path holds a pattern, fail with a code while
    /// the body runs; 0 only counts.
    ///
    /// - Parameter waits: It does not return before ``release()``.
    /// - Returns: How many calls there were.
    @discardableResult
    public static func during(
        _ call: Call, on pattern: String, number: Int, code: Int32, waits: Bool = false,
        _ body: () throws -> Void
    ) rethrows -> Int {
        while !isTaken.withLock({ isTaken in
            defer { isTaken = true }
            return !isTaken
        }) {
            _ = isTaken.wait(upTo: .milliseconds(100)) { $0 ? nil : true }
        }
        defer { isTaken.change { $0 = false } }
        faults_begin(call.raw, pattern, Int32(number), code, waits ? 1 : 0)
        do {
            try body()
        } catch {
            faults_end()
            throw error
        }
        return Int(faults_end())
    }

    /// How many calls there were so far.
    public static var count: Int { Int(faults_count()) }

    /// Lets the call return that waits.
    public static func release() { faults_release() }
}

extension Faults.Call {
    fileprivate var raw: faults_call {
        switch self {
        case .open: FAULTS_OPEN
        case .read: FAULTS_READ
        case .write: FAULTS_WRITE
        case .fdatasync: FAULTS_FDATASYNC
        case .linkat: FAULTS_LINKAT
        }
    }
}
