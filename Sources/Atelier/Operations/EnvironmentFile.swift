/// A file of variables as systemd reads it: "EnvironmentFile=" in systemd.exec(5), and the states of
/// `parse_env_file_internal` in systemd 252.
public struct EnvironmentFile: Sendable, Equatable {
    public private(set) var variables: [String: String] = [:]
    /// Lines that set nothing, by number from 1: systemd passes over them in silence.
    public private(set) var ignoredLines: [Int] = []

    private enum State {
        case beforeName, comment, commentEscape, name, beforeValue, value, valueEscape
        case singleQuoted, doubleQuoted, doubleQuotedEscape
    }

    private var state = State.beforeName
    private var name = ""
    private var value = ""
    /// How much of the value is kept though it ends in white space: it was quoted or escaped.
    private var keptCount = 0
    private var line = 1

    public init(_ text: String) {
        for scalar in text.unicodeScalars {
            take(scalar)
            if scalar == "\n" { line += 1 }
        }
        if state != .comment && state != .commentEscape { endLine() }
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        switch (state, scalar) {
        case (.beforeName, "#"), (.beforeName, ";"): state = .comment
        case (.beforeName, _) where Self.isSpace(scalar): break
        case (.beforeName, _):
            state = .name
            name.unicodeScalars.append(scalar)

        case (.comment, "\\"): state = .commentEscape
        case (.comment, _) where Self.isNewline(scalar): state = .beforeName
        case (.comment, _): break
        case (.commentEscape, _): state = .comment

        case (.name, "="): state = .beforeValue
        case (.name, _) where !Self.isNewline(scalar): name.unicodeScalars.append(scalar)

        case (.beforeValue, "'"): state = .singleQuoted
        case (.beforeValue, "\""): state = .doubleQuoted
        case (.beforeValue, "\\"), (.value, "\\"): state = .valueEscape
        case (.name, _),
            (.beforeValue, _) where Self.isNewline(scalar),
            (.value, _) where Self.isNewline(scalar):
            endLine()
        case (.beforeValue, _) where Self.isSpace(scalar): break
        case (.beforeValue, _), (.value, _):
            state = .value
            value.unicodeScalars.append(scalar)
        case (.valueEscape, _):
            state = .value
            if !Self.isNewline(scalar) { keep(scalar) }

        case (.singleQuoted, "'"), (.doubleQuoted, "\""): state = .beforeValue
        case (.doubleQuoted, "\\"): state = .doubleQuotedEscape
        case (.singleQuoted, _), (.doubleQuoted, _): keep(scalar)
        case (.doubleQuotedEscape, _):
            state = .doubleQuoted
            if "\"\\`$".unicodeScalars.contains(scalar) {
                keep(scalar)
            } else if scalar != "\n" {
                keep("\\")
                keep(scalar)
            }
        }
    }

    private mutating func keep(_ scalar: Unicode.Scalar) {
        value.unicodeScalars.append(scalar)
        keptCount = value.unicodeScalars.count
    }

    private mutating func endLine() {
        while value.unicodeScalars.count > keptCount, let last = value.unicodeScalars.last,
            Self.isSpace(last)
        {
            value.unicodeScalars.removeLast()
        }
        while let last = name.unicodeScalars.last, Self.isSpace(last) {
            name.unicodeScalars.removeLast()
        }
        if state != .name, Self.isSound(name) {
            variables[name] = value
        } else if !name.isEmpty || state != .beforeName {
            ignoredLines.append(line)
        }
        state = .beforeName
        name = ""
        value = ""
        keptCount = 0
    }

    private static func isSound(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    private static func isNewline(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || isNewline(scalar)
    }
}
