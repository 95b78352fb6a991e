/// When a call that came to nothing is made again.
///
/// Only for calls of which nothing has been shown: an answer that broke off is never begun anew.
struct RetryPolicy: Sendable {
    /// Before the first, second, … repetition; each is stretched or shortened by up to half, so that
    /// many callers do not come back at the same moment.
    var pauses: [Duration] = [.milliseconds(500), .milliseconds(1500), .seconds(4)]
    /// The longest wait a provider may ask for.
    var longestPause = Duration.seconds(20)

    /// - Parameters:
    ///   - attempt: How often the call was made.
    ///   - wish: How long the provider asks to wait.
    ///   - hasAlternative: Another model could be asked instead; then this one gets one more chance,
    ///     and only a quick one.
    /// - Returns: How long to wait; `nil` to give up.
    func pause(after attempt: Int, wish: Duration?, hasAlternative: Bool) -> Duration? {
        guard attempt <= (hasAlternative ? 1 : pauses.count) else { return nil }
        let pause = max(pauses[attempt - 1] * Double.random(in: 0.5...1.5), wish ?? .zero)
        return pause <= (hasAlternative ? pauses[0] * 2 : longestPause) ? pause : nil
    }
}
