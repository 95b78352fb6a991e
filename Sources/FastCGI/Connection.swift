import CFastCGI
import Glibc
import Threads

/// One thread's connection to the web server, and the libfcgi request on it.
///
/// Only ``shutDown()`` may be called from other threads. The parameters are read here, the body and
/// the response go through libfcgi. Fields of its request that fcgiapp.h calls private are used: an
/// accepted connection cannot be handed to it (2.4.2, and 2.4.5) in any other way.
final class Connection: @unchecked Sendable {
    /// Never moved: the streams of a request point back to it.
    private let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
    private let limits: Limits
    /// Holds the head that libfcgi reads: that of a request without parameters. Made when needed.
    private var emptyHead: Int32 = -1
    /// The descriptor, as long as it is sure to be this connection's.
    private let open = Monitor<Int32?>(nil)

    init(limits: Limits) {
        self.limits = limits
    }

    deinit {
        if emptyHead >= 0 { close(emptyHead) }
        request.deallocate()
    }

    /// Reads the request up to the end of its parameters.
    ///
    /// When that fails, nothing has been answered and the connection is closed.
    func receiveRequest(on descriptor: Int32) -> RequestHeadReader? {
        setTimeout(SO_RCVTIMEO, timeval(limits.receiveTimeout), on: descriptor)
        setTimeout(SO_SNDTIMEO, timeval(limits.sendTimeout), on: descriptor)
        guard let head = readHead(from: descriptor), let id = head.id,
            handOver(descriptor, requestID: id)
        else {
            close(descriptor)
            return nil
        }
        open.withLock { $0 = descriptor }
        return head
    }

    private func readHead(from descriptor: Int32) -> RequestHeadReader? {
        var head = RequestHeadReader(limits: limits)
        let deadline = ContinuousClock.now + limits.receiveTimeout
        return withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
            while true {
                // Looked at first, and then taken off: what follows the head is libfcgi's.
                let count = recv(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK))
                guard count > 0 else { return nil }
                let came = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                let consumed: Int?
                do throws(MalformedRequest) { consumed = try head.take(came) } catch { return nil }
                recv(descriptor, buffer.baseAddress, consumed ?? count, Int32(MSG_WAITALL))
                if !head.replies.isEmpty {
                    send(descriptor, head.replies, head.replies.count, Int32(MSG_NOSIGNAL))
                    head.replies = []
                }
                if consumed != nil { return head }
                let isLate = limits.receiveTimeout > .zero && .now > deadline
                if isLate { return nil }
            }
        }
    }

    /// Makes libfcgi go on with the body: it reads a head with no parameters from a file of ours,
    /// and all that follows from the connection.
    private func handOver(_ descriptor: Int32, requestID id: UInt16) -> Bool {
        if emptyHead < 0 { emptyHead = fastcgi_memfd_create("fastcgi head") }
        let (high, low) = (UInt8(id >> 8), UInt8(id & 0xff))
        let head: [UInt8] = [
            1, 1, high, low, 0, 8, 0, 0, 0, UInt8(responder), 0, 0, 0, 0, 0, 0,
            1, 4, high, low, 0, 0, 0, 0,
        ]
        guard pwrite(emptyHead, head, head.count, 0) == head.count,
            lseek(emptyHead, 0, SEEK_SET) == 0
        else { return false }
        // With a connection that seems kept from an earlier request, and no socket to accept from,
        // FCGX_Accept_r reads from the one and gives up where it would accept another.
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = emptyHead
        request.pointee.keepConnection = 1
        guard FCGX_Accept_r(request) == 0 else {
            emptyHead = -1  // closed
            return false
        }
        request.pointee.ipcFd = descriptor
        return true
    }

    /// FCGI_RESPONDER of fastcgi.h.
    private let responder: Int32 = 1

    private func setTimeout(_ option: Int32, _ value: timeval, on descriptor: Int32) {
        var value = value
        setsockopt(
            descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
    }

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
    ///
    /// Input that has come is read: closing over it would reset the connection, and cost the web
    /// server also what it has been sent.
    func discard() {
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
            let (descriptor, flags) = (request.pointee.ipcFd, Int32(MSG_DONTWAIT))
            var parts = 0
            while parts < 16, recv(descriptor, buffer.baseAddress, buffer.count, flags) > 0 {
                parts += 1
            }
        }
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
