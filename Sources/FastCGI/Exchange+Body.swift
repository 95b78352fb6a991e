import Glibc

/// Why the body of a request cannot be had. The request may still be answered.
public enum BodyError: Error, Equatable {
    /// The body has more bytes than the limit; it has not been read to its end. Answer 413.
    case tooLarge(limit: Int)
    /// The connection, or the body, ended early: the client has broken its upload off.
    case truncated
    /// Nothing came for longer than ``Limits/receiveTimeout``. Answer 408.
    case timedOut
    /// More bytes came than `CONTENT_LENGTH` says. Answer 400.
    case longerThanDeclared
}

extension Exchange {
    /// Reads the whole body; empty when there is none, or when it has been read before.
    ///
    /// A declared length is checked against the limit before anything is read.
    /// - Parameter limit: The most bytes to take.
    public func readBody(limit: Int) throws(BodyError) -> [UInt8] {
        guard closed == nil else { throw .truncated }
        guard let contentLength else { return try readBodyOfUnknownLength(limit: limit) }
        guard contentLength <= limit else { throw .tooLarge(limit: limit) }
        return try readBody(count: contentLength - bodyBytesRead)
    }

    private func readBody(count: Int) throws(BodyError) -> [UInt8] {
        // With no capacity the array is the one that all empty ones share, whose count every thread
        // would write.
        let body = [UInt8](unsafeUninitializedCapacity: max(1, count)) { buffer, filled in
            let wanted = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            filled = connection.read(into: wanted)
        }
        bodyBytesRead += body.count
        guard body.count == count else { throw incompleteBody() }
        guard connection.isInputAtEnd() else {
            throw connection.readError == 0 ? .longerThanDeclared : incompleteBody()
        }
        return body
    }

    private func readBodyOfUnknownLength(limit: Int) throws(BodyError) -> [UInt8] {
        var body: [UInt8] = []
        while !connection.isInputAtEnd() {
            guard connection.readError == 0 else { throw incompleteBody() }
            guard body.count < limit else { throw .tooLarge(limit: limit) }
            body += readPart(upTo: limit - body.count)
        }
        bodyHasEnded = true
        return body
    }

    private func readPart(upTo count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: min(count, 32 * 1024)) { buffer, filled in
            filled = connection.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    private func incompleteBody() -> BodyError {
        connection.readError == EAGAIN ? .timedOut : .truncated
    }

    /// True when nothing but the mark of its end can be missing from the input.
    var hasReadWholeBody: Bool {
        if let contentLength { return bodyBytesRead == contentLength }
        return bodyHasEnded || parameters["HTTP_TRANSFER_ENCODING"] == nil
    }
}
