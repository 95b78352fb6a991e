import CCurl
import HTTPTypes

/// One request on one handle, from set-up to clean-up.
///
/// libcurl's callbacks only collect; the caller's closures run between two steps of the transfer,
/// outside libcurl, where they may throw and take their time.
final class Transfer {
    /// How long a transfer may take to end by itself once its reader has enough.
    private static let grace = Duration.milliseconds(500)

    let handle: Handle
    let request: HTTPClient.Request
    var headers: UnsafeMutablePointer<curl_slist>?

    // Filled in by the callbacks.
    var head = ResponseHead()
    var received: [UInt8] = []
    var receivedBytes = 0
    var bodyBytes = 0
    var responseStarted = false
    var requestMayHaveBeenSent = false
    var refusedAddresses = 0
    var triedAddresses = 0
    var failure: HTTPClientError.Code?

    private let start = ContinuousClock.now
    private var lastActivity = ContinuousClock.now
    private var uploadedBytes: curl_off_t = 0
    private var seenBytes = 0
    private var headIsDelivered = false
    private var hasEnoughSince: ContinuousClock.Instant?

    init(_ handle: Handle, _ request: HTTPClient.Request) {
        self.handle = handle
        self.request = request
    }

    /// Drives the transfer to its end.
    func run(
        _ cancellation: Cancellation, onHead: (HTTPResponse) throws -> Void,
        onBody: (UnsafeRawBufferPointer) throws -> HTTPClient.Demand, onPause: () throws -> Void
    ) throws {
        while true {
            if cancellation.isCancelled { return try end(with: .cancelled) }
            var running: Int32 = 0
            try checkMulti(curl_multi_perform(handle.multi.pointer, &running))
            try deliver(onHead, onBody)
            if let result = result() { return try conclude(result) }

            noteActivity()
            let limit = nextLimit()
            let now = ContinuousClock.now
            if now >= limit.instant { return try end(with: limit.code) }
            try onPause()
            let wait = min(limit.instant - now, HTTPClient.longestPause)
            try checkMulti(
                curl_multi_poll(handle.multi.pointer, nil, 0, Self.milliseconds(wait), nil))
        }
    }

    // MARK: Handing over

    private func deliver(
        _ onHead: (HTTPResponse) throws -> Void,
        _ onBody: (UnsafeRawBufferPointer) throws -> HTTPClient.Demand
    ) throws {
        if !headIsDelivered, let head = head.complete {
            headIsDelivered = true
            try onHead(head)
        }
        guard !received.isEmpty else { return }
        if hasEnoughSince == nil, try received.withUnsafeBytes(onBody) == .enough {
            hasEnoughSince = .now
        }
        received.removeAll(keepingCapacity: true)
    }

    // MARK: Time

    /// Moves the idle clocks on when bytes went either way.
    private func noteActivity() {
        if responseStarted {
            guard seenBytes != receivedBytes else { return }
            seenBytes = receivedBytes
        } else {
            var uploaded: curl_off_t = 0
            _ = ccurl_get_offset(handle.easy, CURLINFO_SIZE_UPLOAD_T, &uploaded)
            guard uploaded != uploadedBytes else { return }
            uploadedBytes = uploaded
        }
        lastActivity = .now
    }

    /// The limit that strikes next if nothing happens.
    private func nextLimit() -> (instant: ContinuousClock.Instant, code: HTTPClientError.Code) {
        let timeouts = request.timeouts
        if let hasEnoughSince { return (hasEnoughSince + Self.grace, .idleTimeout) }
        let phase: (instant: ContinuousClock.Instant, code: HTTPClientError.Code) =
            if responseStarted {
                (lastActivity + timeouts.idle, .idleTimeout)
            } else if requestMayHaveBeenSent {
                (lastActivity + timeouts.firstByte, .firstByteTimeout)
            } else {
                (start + timeouts.connect, .connectTimeout)
            }
        guard let total = timeouts.total, start + total < phase.instant else { return phase }
        return (start + total, .totalTimeout)
    }

    /// Rounded up, so that the limit has passed when the wait is over.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(seconds) * 1_000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
    }

    /// Called when the connection is there and the request is about to go out.
    func connected() {
        requestMayHaveBeenSent = true
        lastActivity = .now
    }

    // MARK: The end

    /// The transfer's result once libcurl is done with it.
    private func result() -> CURLcode? {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(handle.multi.pointer, &remaining) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return nil
    }

    private func conclude(_ result: CURLcode) throws(HTTPClientError) {
        if result == CURLE_OK && headIsDelivered { return }
        if let failure { return try end(with: failure) }
        if hasEnoughSince != nil { return }
        guard result != CURLE_OK else {
            throw error(HTTPClientError(.protocol, detail: "no response head"))
        }
        if refusedAddresses > 0 && triedAddresses == 0 { return try end(with: .addressRefused) }
        throw error(HTTPClientError(result, detail: String(cString: handle.message)))
    }

    private func end(with code: HTTPClientError.Code) throws(HTTPClientError) {
        if hasEnoughSince != nil { return }
        throw error(HTTPClientError(code))
    }

    private func checkMulti(_ code: CURLMcode) throws(HTTPClientError) {
        guard code != CURLM_OK else { return }
        throw error(HTTPClientError(.other, detail: String(cString: curl_multi_strerror(code))))
    }

    private func error(_ error: HTTPClientError) -> HTTPClientError {
        var error = error
        error.responseStarted = responseStarted
        error.requestMayHaveBeenSent = requestMayHaveBeenSent
        return error
    }
}
