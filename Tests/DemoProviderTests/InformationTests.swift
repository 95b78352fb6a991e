import FoundationEssentials
import HTTPTypes
import Testing

@testable import DemoProvider

@Suite struct InformationTests {
    let demo = Fixture()

    struct List: Decodable {
        struct Entry: Decodable {
            let id: String
            let name: String
            let contextLength: Int
            let pricing: [String: String]
        }
        let data: [Entry]
        let totalCount: Int
    }

    struct Record: Decodable {
        struct Content: Decodable {
            let id: String
            let model: String
            let streamed: Bool
            let cancelled: Bool
            let finishReason: String?
            let tokensCompletion: Int
            let totalCost: Decimal
            let latency: Int?
            let createdAt: String
        }
        let data: Content
    }

    @Test func newcomersSeeTheModelsThatChatAndShowcaseFirst() throws {
        let list: List = try demo.get("/models", key: nil).decoded()
        #expect(list.data.map(\.id) == DemoModels.all.map(\.id))
        #expect(list.data.first?.name == "Demo: Showcase")
        #expect(list.data.first?.pricing["prompt"] == "0.00000025")
        #expect(list.totalCount == list.data.count)
    }

    @Test(arguments: [("sim=true", "sk-test"), ("", "sk-sim-tests")])
    func simulationsAreListedOnRequest(query: String, key: String) throws {
        let list: List = try demo.get("/models", query: query, key: key).decoded()
        #expect(list.data.contains { $0.id == "sim/usage-a" })
        #expect(Set(list.data.map(\.id)).count == list.data.count)
        for entry in list.data where !entry.id.hasPrefix("sim/huge") {
            let reply = try demo.chat(entry.id)
            #expect(!reply.text.contains("is not a valid model ID"), "\(entry.id)")
        }
    }

    @Test func noModelDrawsPictures() throws {
        let list: List = try demo.get("/models", query: "output_modalities=image,video").decoded()
        #expect(list.data.isEmpty)
    }

    @Test func theTitleModelIsTheCheapest() throws {
        let prices = DemoModels.all.map {
            ($0.id, $0.price.prompt.value + $0.price.completion.value)
        }
        #expect(prices.min { $0.1 < $1.1 }?.0 == "demo/title")
    }

    @Test func withoutKeyNothingButTheListIsAnswered() throws {
        let refusal = #"{"error":{"message":"Missing Authentication header","code":401}}"#
        let replies = [
            try demo.get("/key", key: nil), try demo.get("/generation", query: "id=x", key: nil),
            try demo.post("{}", key: nil), try demo.post("{}", key: ""),
        ]
        for reply in replies {
            #expect(reply.status == 401)
            #expect(reply.text == refusal)
            #expect(reply.headers[.generationID] == nil)
        }
    }

    @Test func theKeyIsShownInPartAndItsUsageGrows() throws {
        let before = try demo.get("/key", key: "sk-or-v1-0123456789abcdef").text
        #expect(before.contains(#""label":"sk-or-v1-012...def""#))
        #expect(before.contains(#""usage":0,"#))
        _ = try demo.chat("demo/echo", "12345678")  // 3 + 2 tokens in, 2 out
        #expect(try demo.get("/key").text.contains(#""usage":0.0000013,"#))
    }

    @Test func aGenerationIsKnownOneSecondAfterItsEnd() throws {
        let id = try demo.chat("demo/reason").generationID
        demo.clock.advance(by: .milliseconds(999))
        #expect(try demo.get("/generation", query: "id=\(id)").status == 404)
        demo.clock.advance(by: .milliseconds(1))
        let record: Record = try demo.get("/generation", query: "id=\(id)").decoded()
        #expect(record.data.id == id)
        #expect(record.data.model == "demo/reason-20260801")
        #expect(record.data.streamed && !record.data.cancelled)
        #expect(record.data.finishReason == "stop")
        #expect(record.data.createdAt.hasSuffix("Z"))
        #expect(record.data.latency == 0)
    }

    @Test(arguments: [("demo/long", 100), ("demo/slow", 3), ("sim/stall", 1), ("demo/showcase", 5)])
    func aClientThatLeavesEndsTheGeneration(model: String, patience: Int) throws {
        let reply = try demo.chat(model, patience: patience)
        #expect(reply.pieces.count == patience)
        #expect(reply.duration < .seconds(5))
        demo.clock.advance(by: .seconds(1))
        let record: Record = try demo.get("/generation", query: "id=\(reply.generationID)")
            .decoded()
        #expect(record.data.cancelled)
        #expect(record.data.finishReason == nil)
        #expect(record.data.tokensCompletion < 200)
    }

    @Test func theOldestGenerationsAreForgotten() throws {
        let log = GenerationLog(capacity: 3)
        let model = DemoModels.all[0]
        let now = ContinuousClock.now
        let records = (0..<5).map { _ in
            GenerationRecord(
                head: GenerationHead(model: model), isStreamed: false, isCancelled: false,
                finishReason: .stop, usage: DemoUsage(price: model.price, promptTokens: 4),
                latency: nil, generationTime: .zero, end: now)
        }
        records.forEach(log.append)
        let known = records.map { log.record($0.head.id, at: now + .seconds(1)) != nil }
        #expect(known == [false, false, true, true, true])
        #expect(log.totalCost == NanoUSD(5 * 4 * 250))
    }
}
