import HTTPClient
import HTTPTypes
import Providers

/// Reads variables and collects what is wrong with them.
struct SettingsReader {
    let environment: [String: String]
    let readFile: (String) throws -> String
    private(set) var faults: [String] = []
    /// Every variable that was asked for.
    private(set) var known: Set<String> = []
    /// The files that secrets were asked from, with the variable that names each.
    private(set) var secretFiles: [(key: String, path: String)] = []

    init(environment: [String: String], readFile: @escaping (String) throws -> String) {
        self.environment = environment
        self.readFile = readFile
    }

    mutating func text(_ key: String) -> String? {
        known.insert(key)
        guard let value = environment[key], !value.isEmpty else { return nil }
        return value
    }

    /// Notes what is wrong with several variables together.
    mutating func require(_ isSound: Bool, _ fault: String) {
        if !isSound { faults.append(fault) }
    }

    mutating func integer(_ key: String, in bounds: ClosedRange<Int>) -> Int? {
        guard let text = text(key) else { return nil }
        guard let number = Int(text), bounds.contains(number) else {
            faults.append(
                "\(key) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound).")
            return nil
        }
        return number
    }

    mutating func choice<Value>(_ key: String, _ values: [String: Value]) -> Value? {
        guard let text = text(key) else { return nil }
        if values[text] == nil {
            faults.append("\(key) must be one of \(values.keys.sorted().joined(separator: ", ")).")
        }
        return values[text]
    }

    /// A secret: from the variable, from the file that `KEY_FILE` names, or from the systemd
    /// credential named like the variable in lower case with dashes (systemd.exec(5), LoadCredential).
    /// An empty one counts as none.
    mutating func secret(_ key: String) -> String? {
        known.insert(key + "_FILE")
        if let value = text(key) { return value }
        if let path = text(key + "_FILE") { return contents(of: path, for: key + "_FILE") }
        return credential(key)
    }

    /// A secret of our own: like any other, but the file that `KEY_FILE` names may be made later.
    ///
    /// - Parameter shortest: In characters.
    mutating func ownSecret(_ key: String) -> (value: String?, file: String?) {
        if let path = text(key + "_FILE") {
            secretFiles.append((key + "_FILE", path))
            return (nil, path)
        }
        guard let value = text(key) ?? credential(key) else { return (nil, nil) }
        require(KeyFile.isSound(value), "\(key) must have at least 32 random characters.")
        return (value, nil)
    }

    private mutating func credential(_ key: String) -> String? {
        guard let directory = text("CREDENTIALS_DIRECTORY") else { return nil }
        let name = String(key.lowercased().map { $0 == "_" ? "-" : $0 })
        // The files of a directory that is one credential have its name before their own.
        for prefix in ["/", "/credentials_"] {
            if let value = try? trimmed(readFile(directory + prefix + name)), !value.isEmpty {
                return value
            }
        }
        return nil
    }

    private mutating func contents(of path: String, for key: String) -> String? {
        secretFiles.append((key, path))
        do {
            return trimmed(try readFile(path))
        } catch {
            faults.append("\(key) names a file that cannot be read.")
            return nil
        }
    }

    private func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The AI servers: those `ATELIER_PROVIDERS` names, each with variables of its own; else
    /// the one of `ATELIER_PROVIDER_URL`; and OpenRouter where there is a key for it.
    mutating func providers() -> [ProviderEndpoint] {
        var found: [ProviderEndpoint] = []
        if let names = text("ATELIER_PROVIDERS") {
            for name in names.split(separator: ",") {
                let name = trimmed(String(name))
                let key =
                    "ATELIER_PROVIDER_"
                    + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
                found += provider(named: name, key).map { [$0] } ?? []
            }
        } else if text("ATELIER_PROVIDER_URL") != nil {
            let name = text("ATELIER_PROVIDER_NAME") ?? "default"
            found += provider(named: name, "ATELIER_PROVIDER").map { [$0] } ?? []
        }
        if let key = secret("OPENROUTER_API_KEY") { found.append(Self.openRouter(key: key)) }
        return found
    }

    /// The provider whose variables begin with `key`.
    private mutating func provider(named name: String, _ key: String) -> ProviderEndpoint? {
        guard let address = text(key + "_URL") else {
            faults.append("\(key)_URL is not set, but a provider named \(name) is.")
            return nil
        }
        guard let url = try? HTTPURL(address, allowPlainHTTP: true) else {
            faults.append(
                "\(key)_URL must be an http or https address such as http://localhost:11434/v1.")
            return nil
        }
        let kinds = Dictionary(
            uniqueKeysWithValues: ProviderKind.allCases.map { ($0.rawValue, $0) })
        let kind = choice(key + "_KIND", kinds) ?? .auto
        let apiKey = secret(key + "_KEY").map { Secret($0) }
        let models = models(key + "_MODELS")
        do {
            var endpoint = try ProviderEndpoint(
                name: name, baseURL: url, apiKey: apiKey, kind: kind)
            endpoint.models = models
            return endpoint
        } catch {
            faults.append(
                "The provider name \(name) may hold letters, digits, '-', '_' and '.' only.")
            return nil
        }
    }

    /// Ids of models, separated by commas.
    private mutating func models(_ key: String) -> [String] {
        let ids = (text(key) ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { trimmed(String($0)) }
        guard text(key) != nil else { return [] }
        require(
            ids.count <= Self.mostModels && ids.allSatisfy(ModelInfo.isSound),
            "\(key) must be at most \(Self.mostModels) ids of models, separated by commas, of 1 to "
                + "\(ModelInfo.longestID) bytes each.")
        require(Set(ids).count == ids.count, "\(key) names a model twice.")
        return ids
    }

    private static let mostModels = 1_000

    private static func openRouter(key: String) -> ProviderEndpoint {
        // The program text guarantees the address and the name.
        let url = try! HTTPURL("https://openrouter.ai/api/v1")
        var endpoint = try! ProviderEndpoint(
            name: "openrouter", baseURL: url, apiKey: Secret(key), kind: .openRouter)
        endpoint.headers[HTTPField.Name("X-OpenRouter-Title")!] = "Atelier"
        return endpoint
    }
}
