/// What a ``Server`` may use, and what a request may be.
public struct Limits: Sendable {
    /// Threads kept idle, ready for the next request; new ones start when there are fewer. At
    /// least 1.
    public var minimumIdleThreads = 8
    /// Threads that may stay idle: one that finishes its request and finds as many ends.
    ///
    /// The gap to ``minimumIdleThreads`` keeps a changing load from starting and ending a thread
    /// with every request.
    public var maximumIdleThreads = 32
    /// Threads in all, and so requests at a time: with all of them busy, nothing is accepted. At
    /// least 1.
    public var maximumThreads = 512
    /// Threads below the maximum that ``Exchange/claimStream()`` leaves to short requests.
    public var reservedThreads = 8
    /// Stack of a thread; costs address space, and memory only where touched.
    public var stackBytes = 512 * 1024

    /// Parameters of a request, CGI variables and headers together; more are answered 431.
    public var parameterCount = 250
    /// Names and values of all parameters of a request together; more are answered 431.
    public var parameterBytes = 128 * 1024

    /// The longest pause of the web server within a request; 0 is no limit.
    public var receiveTimeout = Duration.seconds(30)
    /// The longest wait until the web server takes some more of a response; 0 is no limit.
    public var sendTimeout = Duration.seconds(30)

    /// The values above, for a web server on the same machine that holds slow clients off.
    public init() {}
}
