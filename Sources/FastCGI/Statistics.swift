/// What the threads of a ``Server`` do at one moment, and what they have done.
public struct Statistics: Sendable, Equatable {
    /// Threads in all.
    public var threads: Int { idle + busy }
    /// Threads waiting for a connection.
    public internal(set) var idle = 0
    /// Threads with a connection.
    public internal(set) var busy = 0
    /// Busy threads whose handler was granted ``Exchange/claimStream()``.
    public internal(set) var streams = 0
    /// Connections accepted since the start.
    public internal(set) var accepted = 0
    /// Connections since the start that are done with.
    public var finished: Int { accepted - busy }
    /// Connections since the start that held no request that could be read.
    public internal(set) var broken = 0
    /// Requests since the start answered 400 or 431 without asking the handler.
    public internal(set) var refused = 0
    /// How often the last thread of the maximum became busy.
    public internal(set) var maximumReached = 0
    /// How often a thread could not be started, or a connection not be accepted, for want of
    /// threads, descriptors or memory.
    public internal(set) var exhausted = 0
}
