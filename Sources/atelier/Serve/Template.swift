import FoundationEssentials

/// A configuration text with `@NAME@` places to fill in.
struct Template {
    private let text: String

    init(contentsOf path: String) throws {
        text = try String(contentsOfFile: path, encoding: .utf8)
    }

    /// The text with every place filled in.
    ///
    /// - Precondition: Each place of the text has a value: a template and its caller belong together.
    func filled(with values: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "@") {
            result += rest[..<start]
            let tail = rest[rest.index(after: start)...]
            let name = tail.prefix { $0.isASCII && ($0.isUppercase || $0 == "_") }
            if !name.isEmpty, tail[name.endIndex...].first == "@" {
                guard let value = values[String(name)] else {
                    preconditionFailure("no value for @\(name)@")
                }
                result += value
                rest = tail[tail.index(after: name.endIndex)...]
            } else {
                result += "@"
                rest = tail
            }
        }
        return result + rest
    }
}
