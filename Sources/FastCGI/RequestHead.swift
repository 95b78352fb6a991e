/// A connection that holds no request to a responder, or not one in sound records.
struct MalformedRequest: Error {}

/// Reads the beginning of a request, up to the end of its parameters, from its records as they come
/// (FastCGI specification, 3.3, 5.1 and 5.2): bytes in, parameters out, no socket.
///
/// libfcgi (2.4.2) could do so, but takes as much memory as a parameter's length claims, up to 4 GiB,
/// and ends the process when there is none: whoever can connect could end all workers. It goes on
/// with the body.
struct RequestHeadReader {
    /// The request's number on the connection.
    private(set) var id: UInt16?
    /// All parameters as they are encoded; cut short when ``isTooLarge``.
    private(set) var stream: [UInt8] = []
    /// More came than ``Limits/parameterBytes`` can hold.
    private(set) var isTooLarge = false
    /// What is to be sent back, for records that belong to no request. To be taken.
    var replies: [UInt8] = []

    private let streamLimit: Int
    private var header: [UInt8] = []
    private var purpose = Purpose.nothing
    private var contentLeft = 0
    private var paddingLeft = 0
    private var begin: [UInt8] = []
    private var isLastRecord = false
    private var bytesRead = 0
    private var managementRecords = 0

    private enum Purpose { case begin, parameters, nothing }

    /// The types of records, `fastcgi.h`.
    private enum RecordType {
        static let begin: UInt8 = 1
        static let parameters: UInt8 = 4
        static let unknown: UInt8 = 11
    }

    /// A web server's is 20 KB at the most.
    private static let bytesLimit = 4 << 20
    private static let managementLimit = 16

    init(limits: Limits) {
        // Each length takes up to four bytes.
        streamLimit = limits.parameterBytes + 8 * limits.parameterCount
        header.reserveCapacity(8)
    }

    /// Takes the next bytes.
    ///
    /// - Returns: How many of them belong to the head, once it is complete; `nil` as long as all do.
    /// - Throws: When this can become no request.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws(MalformedRequest) -> Int? {
        var rest = bytes[...]
        while true {
            if header.count < 8 {
                header += rest.removePrefix(8 - header.count)
                guard header.count == 8 else { break }
                try startRecord()
            }
            let content = rest.removePrefix(contentLeft)
            contentLeft -= content.count
            keep(content)
            guard contentLeft == 0 else { break }
            paddingLeft -= rest.removePrefix(paddingLeft).count
            guard paddingLeft == 0 else { break }
            try endRecord()
            if isLastRecord { return bytes.count - rest.count }
        }
        bytesRead += bytes.count
        guard bytesRead <= Self.bytesLimit else { throw MalformedRequest() }
        return nil
    }

    private mutating func startRecord() throws(MalformedRequest) {
        let (type, recordID) = (header[1], UInt16(header[2]) << 8 | UInt16(header[3]))
        contentLeft = Int(header[4]) << 8 | Int(header[5])
        paddingLeft = Int(header[6])
        guard header[0] == 1 else { throw MalformedRequest() }
        if recordID == 0 {
            try answerManagementRecord(type)
            purpose = .nothing
        } else if id == nil, type == RecordType.begin, contentLeft == 8 {
            id = recordID
            purpose = .begin
        } else if recordID == id, type == RecordType.parameters {
            isLastRecord = contentLeft == 0
            purpose = .parameters
        } else if let id, recordID != id {
            purpose = .nothing  // another request's; connections are not shared
        } else {
            throw MalformedRequest()
        }
    }

    /// Says that its type is unknown: no web server we know of asks anything.
    private mutating func answerManagementRecord(_ type: UInt8) throws(MalformedRequest) {
        managementRecords += 1
        guard managementRecords <= Self.managementLimit else { throw MalformedRequest() }
        replies += [1, RecordType.unknown, 0, 0, 0, 8, 0, 0, type, 0, 0, 0, 0, 0, 0, 0]
    }

    private mutating func keep(_ content: Slice<UnsafeRawBufferPointer>) {
        switch purpose {
        case .begin: begin += content
        case .parameters:
            isTooLarge = isTooLarge || stream.count + content.count > streamLimit
            if !isTooLarge { stream += content }
        case .nothing: break
        }
    }

    private mutating func endRecord() throws(MalformedRequest) {
        let isResponder = begin.prefix(2).elementsEqual([0, 1])
        guard purpose != .begin || isResponder else { throw MalformedRequest() }
        header.removeAll(keepingCapacity: true)
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Takes off the first bytes, as many as there are.
    fileprivate mutating func removePrefix(_ count: Int) -> Self {
        let part = prefix(count)
        self = dropFirst(count)
        return part
    }
}
