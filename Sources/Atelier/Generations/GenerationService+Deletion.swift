import HTTPClient
import Logging
import SQL

/// Stopping all that runs for what is deleted.
extension GenerationService {
    /// How long the end of what runs is waited for.
    private static let patience = Duration.seconds(5)

    /// Stops all that runs for a conversation that is out of sight, its title too.
    func stopAll(in conversationID: String) {
        stopAll(of: conversationID) { try store.isRunning(conversationID: conversationID) }
    }

    /// Stops all that runs for a person who is there no more, and sees it booked.
    func stopAll(ofUser userID: String) {
        stopAll(of: userID) { try ledger.hasOpen(of: userID) }
    }

    /// Returns once all has ended. What does not is logged, and goes on unseen.
    private func stopAll(of owner: String, while isRunning: () throws -> Bool) {
        do {
            try directory.requestStop(owner)
            defer { directory.removeStopRequest(owner) }
            let start = ContinuousClock.now
            while try isRunning() {
                guard ContinuousClock.now - start < Self.patience else { throw StillRunning() }
                _ = interruption.wait(for: .milliseconds(20))
            }
        } catch {
            logger.warning(
                "what runs for something that was deleted could not be stopped",
                metadata: ["owner": "\(owner)", "cause": "\(error)"])
        }
    }

    private struct StillRunning: Error {}
}
