/// A text that a client may send, and how long it may be.
///
/// Bounded in bytes: one letter may carry half a million combining marks.
public struct TextField: Sendable {
    /// As it stands in the body.
    public let name: String
    /// In bytes of UTF-8.
    public let limit: Int

    public init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    /// A text as it is.
    ///
    /// - Throws: ``Problem/invalidBody(_:_:)`` when it is too long.
    public func checked(_ text: String) throws(Problem) -> String {
        guard text.utf8.count <= limit else {
            throw .invalidBody(name, "may hold \(limit) bytes. Shorten it")
        }
        return text
    }

    /// One line that a person reads: white space and control characters become single spaces.
    ///
    /// - Throws: ``Problem/invalidBody(_:_:)`` when nothing is left, or too much.
    public func line(_ text: String) throws(Problem) -> String {
        let line = try checked(text.singleLine)
        guard !line.isEmpty else { throw .invalidBody(name, "must not be empty") }
        return line
    }

    /// An id, or something else that is compared and never read.
    ///
    /// - Throws: ``Problem/invalidBody(_:_:)`` when it is empty, too long or holds what no id holds.
    public func identifier(_ text: String) throws(Problem) -> String {
        guard !(try checked(text)).isEmpty else { throw .invalidBody(name, "must not be empty") }
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            throw .invalidBody(name, "must not hold control characters")
        }
        return text
    }
}

extension StringProtocol {
    /// Without line breaks and other control characters, and with one space between two words; empty
    /// where nothing would be seen.
    public var singleLine: String {
        let line =
            split { $0.isWhitespace || $0.unicodeScalars.contains(where: \.isControl) }
            .joined(separator: " ")
        let isSeen: (Unicode.Scalar) -> Bool = {
            $0 != " " && !$0.properties.isDefaultIgnorableCodePoint
        }
        guard line.unicodeScalars.contains(where: isSeen) else { return "" }
        guard line.unicodeScalars.contains(where: \.turnsText) else { return line }
        return String(String.UnicodeScalarView(line.unicodeScalars.filter { !$0.turnsText }))
    }
}

extension Unicode.Scalar {
    /// Of the general category Cc: what stands for no letter, as U+0007 or U+009F.
    fileprivate var isControl: Bool { properties.generalCategory == .control }

    /// Whether it turns the direction of what follows, beyond the text that it stands in (UAX 9, 2.1 to
    /// 2.5).
    fileprivate var turnsText: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
}
