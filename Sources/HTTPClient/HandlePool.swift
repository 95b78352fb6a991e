import CCurl
import Threads

/// A libcurl multi handle, the one kind that may be touched by a second thread: to wake it.
struct MultiPointer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// One easy handle on a multi handle of its own, with the connections both have kept open.
///
/// The multi handle is there because its wait can be interrupted from another thread
/// (`curl_multi_wakeup`), which `curl_easy_perform` cannot.
final class Handle: @unchecked Sendable {  // one thread at a time: whoever took it from the pool
    let easy: UnsafeMutableRawPointer
    let multi: MultiPointer
    let origin: String

    /// Where libcurl writes its message about a failure.
    let message: UnsafeMutablePointer<CChar>

    var idleSince = ContinuousClock.now

    init(origin: String) throws(HTTPClientError) {
        guard let easy = curl_easy_init(), let multi = curl_multi_init() else {
            throw HTTPClientError(.other, detail: "libcurl made no handle")
        }
        self.easy = easy
        self.multi = MultiPointer(pointer: multi)
        self.origin = origin
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi.pointer)
        message.deallocate()
    }
}

/// Handles at rest, last in, first out.
///
/// A pool for the client rather than a handle for each thread: the product's threads come and go,
/// and a request should find a connection that is open whichever thread it runs on. The handle
/// used last comes back first, since its connection is the likeliest to be still alive (and its
/// memory to be in the cache); those at the bottom grow old and are closed. libcurl notices a
/// connection that the server has closed before it uses it, and repeats a GET once on a new
/// connection when a kept one turns out dead before any byte of an answer.
final class HandlePool: Sendable {
    private static let maximumIdle = 64

    /// Matches CURLOPT_MAXAGE_CONN(3): an older connection would not be used again.
    private static let maximumIdleTime = Duration.seconds(118)

    private let idle = Monitor<[Handle]>([])

    func take(for origin: String) throws(HTTPClientError) -> Handle {
        let kept = idle.withLock { idle in
            idle.lastIndex { $0.origin == origin }.map { idle.remove(at: $0) }
        }
        if let kept { return kept }
        return try Handle(origin: origin)
    }

    func put(_ handle: Handle) {
        handle.idleSince = .now
        let retired = idle.withLock { idle -> Handle? in
            idle.append(handle)
            guard let oldest = idle.first,
                idle.count > Self.maximumIdle
                    || handle.idleSince - oldest.idleSince > Self.maximumIdleTime
            else { return nil }
            return idle.removeFirst()
        }
        _ = retired  // closed here, outside the lock
    }
}
