import Glibc
public import Logging
import Synchronization

/// Writes log lines to standard error as the journal reads them: `<priority>` first (sd-daemon(3)),
/// then the message and its fields.
///
/// In a terminal the priority is left out. One level holds for all loggers of the process, so that it
/// can change while they run.
public struct JournalLogHandler: LogHandler {
    public var logLevel: Logger.Level {
        get { Self.level }
        set { Self.level = newValue }
    }
    public var metadata: Logger.Metadata = [:]
    private let isTerminal = isatty(STDERR_FILENO) == 1

    public init() {}

    private static let levelNumber = Atomic(levels.firstIndex(of: .info)!)
    private static let levels = Logger.Level.allCases

    /// The least severe level that is written.
    public static var level: Logger.Level {
        get { levels[levelNumber.load(ordering: .relaxed)] }
        set { levelNumber.store(levels.firstIndex(of: newValue)!, ordering: .relaxed) }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }
            .map { " \($0.key)=\(Self.oneLine("\($0.value)"))" }
            .joined()
        let priority = isTerminal ? "" : "<\(Self.priority(of: event.level))>"
        let line = priority + Self.oneLine("\(event.message)") + fields + "\n"
        var text = line
        // One write, so that lines of several threads and processes do not mix.
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    /// syslog(3).
    private static func priority(of level: Logger.Level) -> Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }
}
