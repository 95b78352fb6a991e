import Providers
import Web

extension Generation.State {
    /// What the end of a call means for the generation.
    ///
    /// - Parameter wasInterrupted: Who cancels is the process, which has to end.
    init(_ outcome: ChatOutcome, wasInterrupted: Bool) {
        self =
            switch outcome.state {
            // Whoever asked for an answer has none.
            case .filtered where outcome.text.isEmpty: .failed
            case .complete, .toolCalls: outcome.wordlessness == nil ? .completed : .failed
            case .length, .filtered: .completed
            case .cancelled: wasInterrupted ? .interrupted : .stopped
            case .partial: .interrupted
            case .failed, .empty: .failed
            }
    }
}

extension Problem.Reason {
    /// - Returns: `nil` where the provider has said nothing.
    init?(_ error: ProviderError) {
        guard error.status != nil || error.reason != nil || error.requestID != nil else {
            return nil
        }
        self.init(status: error.status, message: error.reason, requestID: error.requestID)
    }
}

extension ChatOutcome {
    /// Whether another model may have what this one could not give.
    var wantsAnotherModel: Bool {
        nothingStreamed && (state == .failed || state == .empty)
    }
}
