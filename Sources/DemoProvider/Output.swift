import Web

/// Where a scenario is performed: a stream of events, or one document.
protocol Output: AnyObject {
    /// How long nothing may have been sent before the first ``keepAlive()``.
    var patience: Duration { get }
    /// Whether deltas are kept until the end, so that the client has seen none of them.
    var gathers: Bool { get }

    /// Shows that the connection lives.
    func keepAlive() throws(ClientGone)
    func send(_ delta: Delta) throws(ClientGone)
    func finish(_ reason: FinishReason) throws(ClientGone)
    func report(_ usage: DemoUsage, as shape: UsageShape) throws(ClientGone)
    func fail(_ fault: StreamFault) throws(ClientGone)
    func done() throws(ClientGone)
    /// Called once, after the last step.
    func close() throws(ClientGone)
}
