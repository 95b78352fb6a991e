/// A page, module or stylesheet, and what a browser loads because of it without being asked.
struct WebPage {
    let path: String
    let text: String

    /// The paths on the same server.
    var loaded: [String] {
        let found =
            if path.hasSuffix(".js") {
                imports
            } else if path.hasSuffix(".css") {
                values(between: "@import \"", and: "\"")
            } else {
                linked
            }
        return found.compactMap(absolute)
    }

    /// Static imports, and the stylesheets that a module waits for. An import that is a call comes later.
    private var imports: [String] {
        let statements = text.split(separator: "\n").filter { line in
            line.hasPrefix("import ") || line.hasPrefix("import{") || line.hasPrefix("} from ")
                || line.hasPrefix("export ") && line.contains(" from \"")
        }
        let modules = statements.compactMap { line in
            line.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first.map(
                String.init)
        }
        let sheets = values(between: "await styles(new URL(\"", and: "\"")
        return modules + sheets
    }

    /// Scripts, stylesheets and what is named to be loaded early.
    private var linked: [String] {
        let tags = values(between: "<", and: ">")
        // No manifest: Chromium asks for it when the page has long been there.
        let kinds = ["stylesheet", "modulepreload", "preload", "icon"]
        return tags.compactMap { tag in
            if tag.hasPrefix("script ") { return attribute("src", of: tag) }
            guard tag.hasPrefix("link "), let kind = attribute("rel", of: tag), kinds.contains(kind)
            else { return nil }
            return attribute("href", of: tag)
        }
    }

    private func attribute(_ name: String, of tag: String) -> String? {
        WebPage(path: path, text: tag).values(between: " \(name)=\"", and: "\"").first
    }

    private func values(between start: String, and end: Character) -> [String] {
        var values: [String] = []
        var rest = text[...]
        while let mark = rest.firstRange(of: start) {
            let value = rest[mark.upperBound...].prefix { $0 != end }
            values.append(String(value))
            rest = rest[value.endIndex...]
        }
        return values
    }

    /// The path that a reference stands for; `nil` for what is no file of this server.
    private func absolute(_ reference: String) -> String? {
        if reference.hasPrefix("/") && !reference.hasPrefix("//") { return reference }
        guard reference.hasPrefix("./") || reference.hasPrefix("../") else { return nil }
        var segments = path.split(separator: "/").dropLast()
        for segment in reference.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": segments = segments.dropLast()
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/")
    }
}
