import FoundationEssentials
import Glibc
import HTTPClient
import HTTPTypes

/// What a browser loads before the chat box can be used: the page, all it names, all that its modules
/// import at once, and the calls of the API.
///
/// The bytes are those that nginx counted, heads included.
struct FirstVisit {
    private static let calls = ["users/me", "models", "conversations"]

    let atelier: AtelierServer
    let person: Person

    private struct Line: Decodable {
        let path: String
        let status: Int
        let bytes: Int
    }

    func measure(into table: inout Table) throws {
        let client = try atelier.client()
        let before = try lines().count
        try load(client)
        for call in Self.calls { try client.send(client.request(call, by: person.token)) }
        let loaded = try lines().dropFirst(before)
        for line in loaded where line.status != 200 {
            table.addFault("first visit: \(line.path) is answered \(line.status)")
        }
        let bytes = loaded.reduce(0) { $0 + $1.bytes }
        table.add("first visit, transferred", Figure.kilobytes(bytes), aim: "≤ 150 KB")
        table.add("first visit, requests", "\(loaded.count)", aim: "≤ 20")
    }

    private func load(_ client: APIClient) throws {
        var waiting = ["/"]
        var seen: Set<String> = ["/"]
        while let path = waiting.popLast() {
            let response = try client.http.send(client.page(path))
            guard response.head.status == .ok else { continue }  // nginx has noted it
            let text = String(decoding: response.body, as: UTF8.self)
            for found in WebPage(path: path, text: text).loaded where seen.insert(found).inserted {
                waiting.append(found)
            }
        }
    }

    /// nginx writes its log once a second.
    private func lines() throws -> [Line] {
        usleep(1_500_000)
        let text = try String(contentsOfFile: atelier.accessLog, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        }
    }
}
