import FoundationEssentials
import HTTPClient

/// The last list of models of one provider, in a file.
struct ModelListCache: Sendable {
    private struct Contents: Codable {
        var baseURL: String
        var list: ModelList
    }

    private let directory: String
    private let file: URL
    private let baseURL: String

    init(directory: String, endpoint: ProviderEndpoint) {
        self.directory = directory
        file = URL(filePath: directory, directoryHint: .isDirectory)
            .appending(path: endpoint.name + ".json", directoryHint: .notDirectory)
        baseURL = endpoint.baseURL.description
    }

    /// - Returns: `nil` when there is no list, it cannot be read, or it is of another address.
    func load() -> ModelList? {
        guard let data = try? Data(contentsOf: file),
            let contents = try? JSONDecoder().decode(Contents.self, from: data),
            contents.baseURL == baseURL
        else { return nil }
        // A version before may have kept what is not believed any more.
        return ModelList(
            kind: contents.list.kind, models: contents.list.models.compactMap(\.bounded))
    }

    /// Replaces the file as a whole: a reader sees the old list or the new one.
    func store(_ list: ModelList) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let data = try JSONEncoder().encode(Contents(baseURL: baseURL, list: list))
        try data.write(to: file, options: .atomic)
    }
}
