import Glibc
import HTTPClient
import HTTPTypes

/// How much later the first piece of an answer comes through Atelier than through a bare nginx.
struct FirstToken {
    private static let rounds = 2
    private static let clients = 16

    let people: [Person]
    let atelier: AtelierServer
    let proxy: BareProxy

    /// One side: where to ask, and by what its first piece and its end are known.
    private struct Side: Sendable {
        let http: HTTPClient
        let requests: [HTTPClient.Request]
        let firstPiece: StaticString
        let end: StaticString
    }

    func measure(seconds: Int, into table: inout Table) throws {
        let sides = [try ourSide(), try bareSide()]
        var times: [[Double]] = [[], []]
        var incomplete = 0
        for _ in 0..<Self.rounds {
            for (index, side) in sides.enumerated() {
                let answers = try ask(side, seconds: seconds)
                times[index] += answers.compactMap(\.firstPieceMs)
                incomplete += answers.count { !$0.isComplete }
            }
        }
        if incomplete > 0 {
            table.addFault("time to first token: \(incomplete) answers incomplete")
        }
        let (ours, bare) = (Samples(times[0]), Samples(times[1]))
        add("p50", ours.median, bare.median, aim: "≤ +1", &table)
        add("p99", ours.p99, bare.p99, aim: "≤ +5", &table)
    }

    private func add(
        _ name: String, _ ours: Double, _ bare: Double, aim: String, _ table: inout Table
    ) {
        table.add(
            "time to first token \(name), 16 clients, ms", Figure.number(ours),
            beside: "\(Figure.number(bare)) bare nginx", relation: Figure.difference(ours, bare),
            aim: aim)
    }

    private func ourSide() throws -> Side {
        let client = try atelier.client()
        let requests = people.map { person in
            var request = client.request(
                person.messagesPath, by: person.token, body: Person.message(to: "paced"))
            request.headers[.accept] = "text/event-stream"
            return request
        }
        return Side(
            http: client.http, requests: requests, firstPiece: "event: delta", end: "event: done")
    }

    private func bareSide() throws -> Side {
        let client = try APIClient(address: proxy.address, certificate: atelier.certificate)
        var request = client.page("v1/chat/completions")
        request.method = .post
        request.headers[.contentType] = "application/json"
        request.body = Array(Person.chatRequest(to: "paced").utf8)
        return Side(
            http: client.http, requests: [request], firstPiece: #""content":""#, end: "data: [DONE]"
        )
    }

    /// Each client asks again and again, with pauses by chance so that they do not fall into step. Its
    /// first answer is left out: it opens the connection.
    private func ask(_ side: Side, seconds: Int) throws -> [StreamedAnswer] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        return try inParallel(Self.clients) { number in
            let request = side.requests[number % side.requests.count]
            var answers: [StreamedAnswer] = []
            repeat {
                let pause = Duration.milliseconds(random: 0...50)
                usleep(UInt32(pause.milliseconds * 1e3))
                answers.append(
                    try StreamedAnswer(
                        to: request, from: side.http, firstPiece: side.firstPiece, end: side.end))
            } while ContinuousClock.now < deadline
            return Array(answers.dropFirst())
        }.flatMap { $0 }
    }
}
