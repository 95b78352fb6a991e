/// Reads a `.tar.zst` file, member by member.
public struct ArchiveReader: ~Copyable {
    private var decompressor: Decompressor
    /// Bytes of the current member that have not been read.
    private var rest = 0
    private var padding = 0

    public init(from file: consuming File) {
        decompressor = Decompressor(from: file)
    }

    /// Moves to the next member; what was not read of the one before is passed over.
    ///
    /// - Returns: `nil` at the end, when there is nothing more behind it.
    /// - Throws: ``ArchiveError/damaged(_:)``.
    public mutating func next() throws(ArchiveError) -> Member? {
        try finishMember()
        let block = try take(TarHeader.size)
        guard block.count == TarHeader.size else { throw .damaged("it is cut off") }
        guard let member = try TarHeader.decode(block) else {
            try requireOnlyZeros()
            return nil
        }
        try decompressor.endFrame()
        rest = member.size
        padding = TarHeader.padding(after: member.size)
        return member
    }

    /// Reads from the current member.
    ///
    /// - Returns: 0 at its end, when its checksum was right.
    public mutating func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        guard rest > 0 else {
            try finishMember()
            return 0
        }
        let wanted = min(rest, buffer.count)
        let count = try decompressor.read(into: .init(rebasing: buffer[..<wanted]))
        guard count == wanted else { throw .damaged("it is cut off") }
        rest -= count
        return count
    }

    /// Passes over the rest of the current member and checks its end; harmless when done already.
    public mutating func finishMember() throws(ArchiveError) {
        while rest + padding > 0 {
            let count = min(rest + padding, 64 * 1024)
            guard try take(count).count == count else { throw .damaged("it is cut off") }
            padding -= max(0, count - rest)
            rest -= min(rest, count)
        }
        try decompressor.endFrame()
    }

    private mutating func requireOnlyZeros() throws(ArchiveError) {
        while true {
            let bytes = try take(64 * 1024)
            guard bytes.allSatisfy({ $0 == 0 }) else {
                throw .damaged("there is something behind its end")
            }
            if bytes.isEmpty { return }
        }
    }

    private mutating func take(_ count: Int) throws(ArchiveError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ArchiveError) in
            try decompressor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return Array(bytes[..<read])
    }
}
