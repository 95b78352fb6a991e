import Providers
import SQL

/// What to ask, and whom.
struct ChatCall: Sendable {
    let request: ChatRequest
    let model: ModelChoice
    /// What an answer that is still being written may add to the request, in tokens.
    var awaitedTokens = 0

    /// The most it is expected to cost, in nano-USD; zero where the price is not known.
    var reservationNanoUSD: Int {
        let most = TokenUsage(
            promptTokens: model.tokens(ofBytes: request.textBytes) + awaitedTokens,
            completionTokens: request.maxTokens)
        return Int(model.prices?.cost(of: most) ?? 0)
    }
}

extension Call {
    /// What is booked for asking a model.
    init(_ chat: ChatCall, for feature: Feature, of userID: String, generationID: String?) {
        let id = UUIDv7.text()
        var account = CallAccount(chat)
        account.call = id
        self.init(
            id: id, feature: feature, userID: userID, generationID: generationID,
            provider: chat.model.provider, model: chat.model.id,
            reservedNanoUSD: chat.reservationNanoUSD, account: account,
            createdMs: UnixTime.milliseconds)
    }
}

extension CallAccount {
    init(_ chat: ChatCall) {
        self.init(
            promptTokens: chat.request.textBytes / Self.bytesPerToken, prices: chat.model.prices,
            tellsCost: chat.model.endpoint.kind == .openRouter, provider: chat.model.provider)
    }
}

extension ChatRequest {
    /// The size of all messages, in bytes of UTF-8.
    var textBytes: Int {
        messages.reduce(0) { sum, message in
            message.parts.reduce(sum) { sum, part in
                switch part {
                case .text(let text): sum + text.utf8.count
                }
            }
        }
    }
}
