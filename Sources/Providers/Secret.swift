/// A key or password that does not show itself: not when printed, dumped, interpolated or logged.
public struct Secret: Sendable, Hashable {
    /// The secret itself. Only for the place that sends it.
    public let exposed: String

    /// Surrounding white space is dropped, as a key file ends with a line feed.
    public init(_ text: String) {
        let trimmed = text.drop { $0.isWhitespace }
        let end = trimmed.lastIndex { !$0.isWhitespace }
        exposed = end.map { String(trimmed[...$0]) } ?? ""
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
