import FoundationEssentials

/// How the last backup went, as `atelier backup` left it in `backup.json` of the state directory.
struct LastBackup: Codable, Sendable {
    /// In ms UTC.
    let started: Int
    let finished: Int?
    let file: String?
    let bytes: Int?
    let verified: Bool?
    /// Why there is none.
    let error: String?

    var isVerified: Bool { verified == true }

    /// Two nights, and a little.
    private static let oldestMs = 50 * 3600 * 1000

    func isOld(nowMs: Int) -> Bool { nowMs - (finished ?? started) > Self.oldestMs }

    /// - Returns: `nil` when none was ever made, or its record cannot be read.
    static func read(stateDirectory: String) -> LastBackup? {
        let path = stateDirectory + "/backup.json"
        return FileManager.default.contents(atPath: path).flatMap {
            try? JSONDecoder().decode(LastBackup.self, from: $0)
        }
    }
}
