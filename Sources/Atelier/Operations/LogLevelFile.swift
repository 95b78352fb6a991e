import FoundationEssentials
public import Logging

/// The log level in the file from which systemd took the environment.
///
/// The environment of a running process cannot be changed from outside, so a reload reads the file.
public struct LogLevelFile {
    public static let variable = "ATELIER_LOG_LEVEL"

    /// Why the level stays what it was.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Returns: The level that the file sets, the last time it does; `info` when it sets none.
    public static func level(in path: String) throws(Failure) -> Logger.Level {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(path) cannot be read")
        }
        let value = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .compactMap(value).last
        guard let value, !value.isEmpty else { return .info }
        guard let level = Logger.Level(rawValue: value) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(description: "\(variable) in \(path) must be one of \(known)")
        }
        return level
    }

    /// The variable's value, if the line sets it (systemd.exec(5), EnvironmentFile=).
    private static func value(_ line: Substring) -> String? {
        let line = line.drop { $0.isWhitespace }
        guard line.hasPrefix(variable + "=") else { return nil }
        let isKept: (Character) -> Bool = { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        return String(line.dropFirst(variable.count + 1).filter(isKept))
    }
}
