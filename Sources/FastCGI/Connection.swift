import CFastCGI
import Glibc
import Threads

/// One thread's connection to the web server, and the libfcgi request on it.
///
/// Only ``shutDown()`` may be called from other threads. Fields of the request that fcgiapp.h calls
/// private are used: an accepted connection cannot be handed to libfcgi (2.4.2) in any other way.
final class Connection: @unchecked Sendable {
    /// Never moved: the streams of a request point back to it.
    private let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
    private let receiveTimeout: timeval
    private let sendTimeout: timeval
    /// The descriptor, as long as it is sure to be this connection's.
    private let open = Monitor<Int32?>(nil)

    init(limits: Limits) {
        receiveTimeout = timeval(limits.receiveTimeout)
        sendTimeout = timeval(limits.sendTimeout)
    }

    deinit { request.deallocate() }

    /// Reads the request up to the end of its parameters.
    ///
    /// When that fails, nothing has been answered and the connection is closed.
    func receiveRequest(on descriptor: Int32) -> Bool {
        setTimeout(SO_RCVTIMEO, receiveTimeout, on: descriptor)
        setTimeout(SO_SNDTIMEO, sendTimeout, on: descriptor)
        // With a connection that seems kept from an earlier request, and no socket to accept from,
        // FCGX_Accept_r reads from the one and gives up where it would accept another.
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = descriptor
        request.pointee.keepConnection = 1
        request.pointee.detached = 1  // if it closes, then without waiting for the web server
        guard FCGX_Accept_r(request) == 0 else { return false }

        // FCGX_Accept_r takes a connection that ends between two parameters for a whole request.
        guard FCGX_GetError(request.pointee.in) == 0, request.pointee.role == responder else {
            free()
            return false
        }
        open.withLock { $0 = descriptor }
        return true
    }

    /// FCGI_RESPONDER of fastcgi.h.
    private let responder: Int32 = 1

    private func setTimeout(_ option: Int32, _ value: timeval, on descriptor: Int32) {
        var value = value
        setsockopt(
            descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    var environment: Parameters.Environment { request.pointee.envp }

    // MARK: Reading the body

    /// Fills the buffer; fewer bytes mean that the body has ended, or failed: see ``readError``.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < buffer.count {
            let part = Int32(min(buffer.count - count, 1 << 30))
            let start = buffer.baseAddress! + count
            let got = FCGX_GetStr(
                start.assumingMemoryBound(to: CChar.self), part, request.pointee.in)
            count += Int(got)
            if got < part { break }
        }
        return count
    }

    /// 0, an `errno`, or one of libfcgi's negative codes.
    var readError: Int32 { FCGX_GetError(request.pointee.in) }

    /// True when the web server has marked the end of the body and all of it has been read.
    ///
    /// Reads if need be. After a GET the mark has come with the parameters.
    func isInputAtEnd() -> Bool {
        let next = FCGX_GetChar(request.pointee.in)
        guard next == EOF else {
            FCGX_UnGetChar(next, request.pointee.in)
            return false
        }
        return readError == 0
    }

    // MARK: Writing the response

    /// Fills the buffer of 8 KiB, sending it whenever it is full.
    func write(_ bytes: RawSpan) throws(ResponseError) {
        let isWritten = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 1 << 30).allSatisfy { start in
                let part = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(1 << 30))
                let characters = part.assumingMemoryBound(to: CChar.self).baseAddress
                return FCGX_PutStr(characters, Int32(part.count), request.pointee.out) >= 0
            }
        }
        guard isWritten else { throw responseError }
    }

    /// Sends what is buffered, as one record by one system call.
    func flush() throws(ResponseError) {
        guard FCGX_FFlush(request.pointee.out) == 0 else { throw responseError }
    }

    private var responseError: ResponseError {
        FCGX_GetError(request.pointee.out) == EAGAIN ? .clientTooSlow : .clientGone
    }

    // MARK: The other side

    /// True when the web server has closed its side.
    func isPeerGone() -> Bool {
        var interest = pollfd(
            fd: request.pointee.ipcFd, events: fastcgi_pollrdhup, revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// Ends reads and writes on the connection, also those under way. From any thread.
    func shutDown() {
        open.withLock { descriptor in
            if let descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    // MARK: The end

    /// Sends the rest of the response, and closes unless that fails.
    ///
    /// Closing at once is right only when all input has been read: the kernel answers unread bytes
    /// with a reset, which costs the web server the response. Otherwise libfcgi waits for the
    /// web server to close first.
    /// - Parameter wholeInputExpected: Nothing but the mark of its end is missing from the input.
    func finish(wholeInputExpected: Bool) throws(ResponseError) {
        // In this order, the end of the response and of the request leave in one write.
        FCGX_FClose(request.pointee.err)
        guard FCGX_FClose(request.pointee.out) == 0 else { throw responseError }
        request.pointee.detached = wholeInputExpected && isInputAtEnd() ? 1 : 0
        free()
    }

    /// Closes, and drops what has not been sent.
    func discard() {
        shutDown()
        request.pointee.detached = 1
        free()
    }

    private func free() {
        open.withLock { $0 = nil }
        FCGX_Free(request, 1)
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
