/// Writes a `.tar.zst` file, which any `tar` opens that knows Zstandard.
///
/// The header and the content of each member are frames of their own, so that damage can be told to
/// the member. A library would be libarchive, but on Debian it loads an XML parser and ICU, some
/// 40 MB, into every process; the format of a header has not changed since 1988.
public struct ArchiveWriter: ~Copyable {
    private var compressor: Compressor

    public init(to file: consuming File) {
        compressor = Compressor(to: file)
    }

    /// Appends a member without content, or with content that is at hand.
    public mutating func add(_ member: Member, _ content: [UInt8] = []) throws(ArchiveError) {
        var member = member
        member.size = content.count
        try writeHeader(member)
        try write(content)
        try pad(member.size)
    }

    /// Appends a member with the first `member.size` bytes of a file.
    ///
    /// - Parameter visit: Sees every piece of it.
    /// - Throws: ``ArchiveError/shrunk(_:)`` when the file has fewer.
    public mutating func add(
        _ member: Member, from file: borrowing File, visit: (UnsafeRawBufferPointer) -> Void
    ) throws(ArchiveError) {
        try writeHeader(member)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        var rest = member.size
        while rest > 0 {
            let count = try file.read(into: .init(rebasing: buffer[..<min(rest, buffer.count)]))
            guard count > 0 else { throw .shrunk(member.name) }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            visit(piece)
            try compressor.write(piece)
            rest -= count
        }
        try pad(member.size)
    }

    /// Ends the archive and returns when it is on the disk.
    ///
    /// - Returns: Its size in bytes.
    public consuming func finish() throws(ArchiveError) -> Int {
        try write([UInt8](repeating: 0, count: 2 * TarHeader.size))
        try compressor.endFrame()
        try compressor.sync()
        return compressor.written
    }

    private mutating func writeHeader(_ member: Member) throws(ArchiveError) {
        try write(TarHeader.encode(member))
        try compressor.endFrame()
    }

    private mutating func pad(_ size: Int) throws(ArchiveError) {
        guard size > 0 else { return }
        try write([UInt8](repeating: 0, count: TarHeader.padding(after: size)))
        try compressor.endFrame()
    }

    private mutating func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(ArchiveError) in
            try compressor.write(UnsafeRawBufferPointer(bytes))
        }
    }
}
