import Synchronization
public import Threads

/// Answers FastCGI requests from one listening socket, each on a thread of its own.
///
/// The threads form an elastic pool within ``Limits``. An idle thread takes the next connection by
/// itself, reads the request, calls the handler and closes the connection; connections are not
/// kept, since a kept one would hold a thread. Several servers, here or in other processes, may
/// share a socket: one that has no idle thread accepts nothing, and the others do.
///
/// The server logs nothing: ``statistics`` tells how it fares.
public final class Server: Sendable {
    /// Answers one request, blocking as it likes.
    ///
    /// An error it throws aborts the connection, so that half a response is not taken for a whole.
    public typealias Handler = @Sendable (Exchange) throws -> Void

    private let limits: Limits
    private let handler: Handler
    private let socket: ListeningSocket
    private let acceptor: Acceptor
    private let pool: Monitor<ThreadPool>
    private let failure = Monitor<SystemError?>(nil)
    private let aborting = Atomic(false)
    private let stop: Event
    private let end: Event

    /// A server that does nothing before ``run()``.
    ///
    /// - Throws: ``SystemError`` for want of descriptors, or from ``initializeLibrary()``.
    public init(
        socket: ListeningSocket, limits: Limits = Limits(), handler: @escaping Handler
    ) throws(SystemError) {
        precondition(limits.minimumIdleThreads > 0 && limits.maximumThreads > 0, "\(limits)")
        try Self.initializeLibrary()
        self.limits = limits
        self.handler = handler
        self.socket = socket
        stop = try Event()
        end = try Event()
        acceptor = try Acceptor(socket: socket, stop: stop)
        pool = Monitor(ThreadPool(limits: limits))
    }

    /// Sets libfcgi up, and ignores SIGPIPE for the whole process.
    ///
    /// To be called before other threads start, as it writes the environment; every server calls
    /// it too, and only the first call does something. SIGTERM stays as it is: block it, take it
    /// with sigwait(3) in a thread of your own, and call ``drain()`` there.
    public static func initializeLibrary() throws(SystemError) {
        try Library.initialization.get()
    }

    /// Serves until ``drain()``, and returns when the last request has been answered.
    ///
    /// To be called once.
    /// - Parameter onStart: Called when threads accept connections.
    /// - Throws: ``SystemError`` when not one thread could be started, or when the socket stopped
    ///   listening; requests that were running then have been answered too.
    public func run(onStart: () -> Void = {}) throws(SystemError) {
        startThreads()
        if pool.withLock({ $0.statistics.threads > 0 }) { onStart() }
        if pool.withLock({ $0.statistics.threads > 0 }) { end.wait() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Accepts no further connection; queued ones are left to the other servers of the socket.
    ///
    /// Returns at once, and may be called from any thread, any number of times.
    public func drain() {
        let isEmpty = pool.withLock { $0.drain() }
        stop.happen()
        if isEmpty { end.happen() }
    }

    /// Cuts the connections of all requests that still run, for the end of a drain's patience.
    ///
    /// Their next read or write fails and ``Exchange/isClientGone`` turns true. A request that is
    /// only being received is cut when it is complete, or by ``Limits/receiveTimeout``.
    public func abortRemaining() {
        aborting.store(true, ordering: .sequentiallyConsistent)
        for connection in pool.withLock({ $0.abortable }) { connection.shutDown() }
    }

    /// What the threads do now, and what they have done.
    public var statistics: Statistics { pool.withLock { $0.statistics } }

    /// Whether a connection waits to be accepted, here or by another server of the socket.
    public var hasQueuedConnection: Bool { socket.hasQueuedConnection }

    /// True from ``drain()`` on: long responses should come to their end.
    public var isDraining: Bool { stop.hasHappened }

    func claimStream() -> Bool { pool.withLock { $0.claimStream() } }
}

extension Server {
    /// Starts threads until enough are idle.
    private func startThreads() {
        while pool.withLock({ $0.admitThread() }) {
            do throws(Thread.StartFailure) {
                try Thread.start(stackBytes: limits.stackBytes) { self.serveConnections() }
            } catch {
                threadDidNotStart(SystemError("pthread_create", code: error.code))
                return
            }
        }
    }

    /// Others will do, unless there are none.
    private func threadDidNotStart(_ error: SystemError) {
        let isEmpty = pool.withLock { pool in
            pool.threadDidNotStart()
            return pool.statistics.threads == 0
        }
        if isEmpty { fail(error) }
    }

    /// The life of a thread.
    private func serveConnections() {
        let connection = Connection(limits: limits)
        pool.withLock { $0.threadDidStart(connection) }
        while let descriptor = nextConnection() {
            pool.withLock { $0.threadDidAccept() }
            startThreads()
            let heldStream = serve(descriptor, on: connection)
            guard pool.withLock({ $0.threadDidFinish(heldStream: heldStream) }) else { break }
        }
        let wasLast = pool.withLock { $0.threadDidEnd(connection) }
        if wasLast { end.happen() }
    }

    private func nextConnection() -> Int32? {
        do throws(SystemError) {
            return try acceptor.next { pool.withLock { $0.statistics.exhausted += 1 } }
        } catch {
            fail(error)
            return nil
        }
    }

    private func fail(_ error: SystemError) {
        failure.withLock { $0 = $0 ?? error }
        drain()
    }

    /// True if the handler was granted a stream.
    private func serve(_ descriptor: Int32, on connection: Connection) -> Bool {
        guard let head = connection.receiveRequest(on: descriptor) else {
            pool.withLock { $0.statistics.broken += 1 }
            return false
        }
        if aborting.load(ordering: .sequentiallyConsistent) { connection.shutDown() }
        do throws(Refusal) {
            if head.isTooLarge { throw .parametersTooLarge }
            guard let parameters = try Parameters(decoding: head.stream, limits: limits) else {
                pool.withLock { $0.statistics.broken += 1 }
                connection.discard()
                return false
            }
            let exchange = try Exchange(parameters, on: connection, of: self)
            exchange.run(handler)
            return exchange.holdsStream
        } catch {
            answer(error, on: connection)
            return false
        }
    }

    private func answer(_ refusal: Refusal, on connection: Connection) {
        pool.withLock { $0.statistics.refused += 1 }
        do throws(ResponseError) {
            try connection.write(refusal.response.span.bytes)
            try connection.finish(wholeInputExpected: false)
        } catch {
            connection.discard()
        }
    }
}
