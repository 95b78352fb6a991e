import CCurl
import Glibc

extension Transfer {
    func setCallbacks() throws(HTTPClientError) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        let easy = handle.easy
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, handle.message))
        try check(ccurl_set_write(easy, CURLOPT_HEADERFUNCTION, receiveHeaderLine))
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check(ccurl_set_write(easy, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check(ccurl_set_opensocket(easy, openSocket))
        try check(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me))
        try check(ccurl_set_prereq(easy, requestIsAboutToBeSent))
        try check(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, me))
    }

    fileprivate static func from(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Stops the transfer: libcurl fails when fewer bytes were taken than given.
    fileprivate func refuse(_ code: HTTPClientError.Code) -> Int {
        failure = code
        return 0
    }
}

private func receiveHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = Transfer.from(context) else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    transfer.responseStarted = true
    transfer.receivedBytes += line.count
    return transfer.head.append(line) ? line.count : transfer.refuse(.tooLarge)
}

private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = Transfer.from(context) else { return 0 }
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    transfer.receivedBytes += piece.count
    transfer.bodyBytes += piece.count
    guard transfer.bodyBytes <= transfer.request.maximumResponseBytes else {
        return transfer.refuse(.tooLarge)
    }
    transfer.received.append(contentsOf: piece)
    return piece.count
}

/// Opens the socket for one resolved address, unless the policy forbids the address.
private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let transfer = Transfer.from(context), let address else { return CURL_SOCKET_BAD }
    guard transfer.request.addresses.allows(ccurl_address(address)) else {
        transfer.refusedAddresses += 1
        return CURL_SOCKET_BAD
    }
    transfer.triedAddresses += 1
    return socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
        address.pointee.protocol)
}

/// Called on a connection, new or kept, just before the request goes out.
private func requestIsAboutToBeSent(
    _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutablePointer<CChar>?,
    _ local: UnsafeMutablePointer<CChar>?, _ peerPort: Int32, _ localPort: Int32
) -> Int32 {
    guard let transfer = Transfer.from(context), let peer else { return CURL_PREREQFUNC_ABORT }
    guard transfer.request.addresses.allows(String(cString: peer)) else {
        transfer.failure = .addressRefused
        return CURL_PREREQFUNC_ABORT
    }
    transfer.connected()
    return CURL_PREREQFUNC_OK
}
