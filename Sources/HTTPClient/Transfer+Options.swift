import CCurl
import Glibc
import HTTPTypes

extension Transfer {
    /// Tells libcurl what to do. `body` must stay where it is until ``finish()``.
    func prepare(
        _ configuration: HTTPClient.Configuration, body: UnsafeBufferPointer<UInt8>
    ) throws(HTTPClientError) {
        handle.message.pointee = 0
        try setAddress(configuration)
        try setMethod(body)
        try setHeaders(configuration)
        try setCallbacks()
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        // On a kept connection that dies before the first byte of the answer libcurl sends a request
        // once more by itself, a POST too (Curl_retry_request in lib/transfer.c of 7.88.1): whoever
        // charges for it may charge twice. It never does so on a connection of its own.
        try set(CURLOPT_FRESH_CONNECT, request.mayBeRepeated ? 0 : 1)
        try set(CURLOPT_FORBID_REUSE, request.mayBeRepeated ? 0 : 1)
        // Else the clean-up after a cancelled name resolution waits for the resolver's thread.
        try set(CURLOPT_QUICK_EXIT, 1)
        // libcurl needs to know it, to divide the time among a host's addresses; our clock decides.
        try set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectMilliseconds(request.timeouts.connect))
        // Empty: everything libcurl can decode. Decoding is on whenever the option is.
        try set(CURLOPT_ACCEPT_ENCODING, request.acceptsCompression ? "" : "identity")
        let code = curl_multi_add_handle(handle.multi.pointer, handle.easy)
        guard code == CURLM_OK else {
            throw HTTPClientError(.other, detail: String(cString: curl_multi_strerror(code)))
        }
    }

    /// Takes the request off the handle: no pointer and no secret stays behind.
    func finish() {
        curl_multi_remove_handle(handle.multi.pointer, handle.easy)
        curl_easy_reset(handle.easy)
        curl_slist_free_all(headers)
        headers = nil
    }

    private func setAddress(_ configuration: HTTPClient.Configuration) throws(HTTPClientError) {
        try set(CURLOPT_URL, request.url.text)
        try set(CURLOPT_PROTOCOLS_STR, request.url.scheme)
        // Empty, not unset: the proxy variables of the environment must not count.
        try set(CURLOPT_PROXY, request.addresses == .any ? configuration.proxy ?? "" : "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let file = configuration.extraAuthorities {
            try set(CURLOPT_CAINFO, file)  // the system's directory of authorities stays in use
        } else if Self.hasAuthorityDirectory {
            // The directory suffices, and one lookup in it is 25 ms quicker than the whole bundle.
            try check(ccurl_set_string(handle.easy, CURLOPT_CAINFO, nil))
        }
    }

    private static let hasAuthorityDirectory: Bool = {
        guard let path = curl_version_info(CURLVERSION_SEVENTH)?.pointee.capath else {
            return false
        }
        return access(path, R_OK | X_OK) == 0
    }()

    private func setMethod(_ body: UnsafeBufferPointer<UInt8>) throws(HTTPClientError) {
        switch request.method {
        case .get: try set(CURLOPT_HTTPGET, 1)
        case .head: try set(CURLOPT_NOBODY, 1)
        case .post: try set(CURLOPT_POST, 1)
        default: try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        guard request.method == .post || !body.isEmpty else { return }
        try check(
            ccurl_set_offset(
                handle.easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // Not nil even when empty: libcurl would read the body from standard input.
        try check(
            body.baseAddress.map { ccurl_set_pointer(handle.easy, CURLOPT_POSTFIELDS, $0) }
                ?? ccurl_set_string(handle.easy, CURLOPT_COPYPOSTFIELDS, ""))
    }

    private func setHeaders(_ configuration: HTTPClient.Configuration) throws(HTTPClientError) {
        try append(header: "Expect:")  // empty: never wait for "100 Continue"
        if !request.headers.contains(.userAgent) {
            try append(header: "User-Agent: \(configuration.userAgent)")
        }
        for field in request.headers {
            // An empty value is written with a semicolon, else libcurl leaves the header out.
            let name = field.name.rawName
            try append(header: field.value.isEmpty ? "\(name);" : "\(name): \(field.value)")
        }
        try check(ccurl_set_list(handle.easy, CURLOPT_HTTPHEADER, headers))
    }

    private func append(header: String) throws(HTTPClientError) {
        guard let list = curl_slist_append(headers, header) else {
            throw HTTPClientError(.other, detail: "out of memory")
        }
        headers = list
    }

    private static func connectMilliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(min(seconds, 86_400)) * 1_000 + Int(attoseconds / 1_000_000_000_000_000) + 1
    }

    // MARK: Typed setters

    func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(ccurl_set_long(handle.easy, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(ccurl_set_string(handle.easy, option, value))
    }

    func check(_ code: CURLcode) throws(HTTPClientError) {
        guard code != CURLE_OK else { return }
        throw HTTPClientError(.other, detail: String(cString: curl_easy_strerror(code)))
    }
}
