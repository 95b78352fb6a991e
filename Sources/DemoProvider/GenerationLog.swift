import FoundationEssentials
import Threads

/// What is known of a generation after its end.
struct GenerationRecord: Sendable {
    let head: GenerationHead
    let isStreamed: Bool
    /// The client left before the end.
    let isCancelled: Bool
    let finishReason: FinishReason?
    let usage: DemoUsage
    /// Until the first delta; `nil` when there was none.
    let latency: Duration?
    let generationTime: Duration
    let end: ContinuousClock.Instant

    /// The `data` of `GET /generation`.
    var json: JSONLiteral {
        let latency: JSONLiteral = latency.map { "\($0.milliseconds)" } ?? .null
        let createdAt = Date(timeIntervalSince1970: Double(head.created)).ISO8601Format()
        return #"""
            {"id":\#(head.id),"api_type":"completions","model":\#(head.model),\#
            "provider_name":\#(GenerationHead.provider),"provider_responses":null,\#
            "created_at":\#(createdAt),"streamed":\#(isStreamed),"cancelled":\#(isCancelled),\#
            "finish_reason":\#(finishReason?.rawValue),"native_finish_reason":\#(finishReason?.native),\#
            "latency":\#(latency),"generation_time":\#(generationTime.milliseconds),\#
            "moderation_latency":null,"tokens_prompt":\#(usage.promptTokens),\#
            "tokens_completion":\#(usage.completionTokens),\#
            "native_tokens_prompt":\#(usage.promptTokens),\#
            "native_tokens_completion":\#(usage.completionTokens),\#
            "native_tokens_reasoning":\#(usage.reasoningTokens),"native_tokens_cached":0,\#
            "num_media_prompt":null,"num_media_completion":null,"total_cost":\#(usage.cost),\#
            "usage":\#(usage.cost),"upstream_inference_cost":null,"cache_discount":null,\#
            "is_byok":false,"origin":"","router":null}
            """#
    }
}

/// The latest generations, in memory.
final class GenerationLog: Sendable {
    /// How long after its end a generation is still unknown, as at OpenRouter.
    static let lag = Duration.seconds(1)

    private struct State {
        var records: [GenerationRecord] = []
        /// The place of the oldest record, once all places are taken.
        var oldest = 0
        var totalCost = 0
    }

    private let capacity: Int
    private let state = Monitor(State())

    init(capacity: Int = 1_000) { self.capacity = capacity }

    /// Of all generations, also of those that are forgotten.
    var totalCost: NanoUSD { NanoUSD(state.withLock(\.totalCost)) }

    func append(_ record: GenerationRecord) {
        state.withLock { state in
            state.totalCost += record.usage.cost.value
            if state.records.count < capacity {
                state.records.append(record)
            } else {
                state.records[state.oldest] = record
                state.oldest = (state.oldest + 1) % capacity
            }
        }
    }

    /// - Returns: `nil` for ids that never were, are forgotten, or are too fresh.
    func record(_ id: String, at now: ContinuousClock.Instant) -> GenerationRecord? {
        state.withLock { state in
            state.records.first { $0.head.id == id && now >= $0.end + Self.lag }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int { Int(self / .milliseconds(1)) }
}
