public import Glibc

/// What an archive holds: a file or a directory, by a relative name.
public struct Member: Sendable, Hashable {
    /// With slashes, and without one at its end.
    public var name: String
    public var isDirectory = false
    /// The permissions, with the set-group-id bit of directories.
    public var mode: mode_t
    /// Bytes of content; 0 for a directory.
    public var size = 0
    /// Seconds since 1970-01-01 00:00 UTC.
    public var modified: Int

    public init(
        name: String, isDirectory: Bool = false, mode: mode_t, size: Int = 0, modified: Int
    ) {
        self.name = name
        self.isDirectory = isDirectory
        self.mode = mode
        self.size = size
        self.modified = modified
    }
}

/// The block before each member's content, as POSIX has it: "ustar Interchange Format" in pax(1).
///
/// Sizes from 8 GiB on are in base 256, which POSIX does not know but every tar reads.
enum TarHeader {
    static let size = 512
    /// What is larger than any disk is damage, and sums with it would overflow.
    private static let sizeLimit = 1 << 60

    /// Zeros behind a content, up to the next whole block.
    static func padding(after size: Int) -> Int { (Self.size - size % Self.size) % Self.size }

    /// Where a field lies in the block.
    private enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let owner = 108..<116
        static let group = 116..<124
        static let size = 124..<136
        static let modified = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let magic = 257..<265
        static let prefix = 345..<500
    }

    private static let slash = UInt8(ascii: "/")

    static func encode(_ member: Member) throws(ArchiveError) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: size)
        let (prefix, name) = try split(member.name + (member.isDirectory ? "/" : ""))
        put(name, into: &block, Field.name)
        put(prefix, into: &block, Field.prefix)
        put(Int(member.mode), into: &block, Field.mode)
        put(0, into: &block, Field.owner)
        put(0, into: &block, Field.group)
        put(member.size, into: &block, Field.size)
        put(max(0, member.modified), into: &block, Field.modified)  // tar knows none before 1970
        block[Field.type] = UInt8(ascii: member.isDirectory ? "5" : "0")
        put(Array("ustar\u{0}00".utf8), into: &block, Field.magic)
        put(checksum(of: block), into: &block, Field.checksum.dropLast())
        return block
    }

    /// - Returns: `nil` for a block of zeros, which ends an archive.
    static func decode(_ block: [UInt8]) throws(ArchiveError) -> Member? {
        guard block.contains(where: { $0 != 0 }) else { return nil }
        guard number(in: block, Field.checksum) == checksum(of: block),
            let mode = number(in: block, Field.mode), let length = number(in: block, Field.size),
            let modified = number(in: block, Field.modified), (0...sizeLimit).contains(length)
        else { throw .damaged("a header is damaged") }
        let prefix = text(in: block, Field.prefix)
        let name = (prefix.isEmpty ? "" : prefix + "/") + text(in: block, Field.name)
        switch block[Field.type] {
        case UInt8(ascii: "0"), 0:
            return Member(
                name: name, mode: mode_t(mode & 0o7777), size: length, modified: modified)
        case UInt8(ascii: "5"):
            return Member(
                name: name.hasSuffix("/") ? String(name.dropLast()) : name, isDirectory: true,
                mode: mode_t(mode & 0o7777), modified: modified)
        default:
            throw .damaged("\(name) is neither a file nor a directory")
        }
    }

    /// The name in two parts, cut at a slash when it is longer than the field for it.
    private static func split(_ name: String) throws(ArchiveError) -> ([UInt8], [UInt8]) {
        let bytes = Array(name.utf8)
        guard bytes.count > Field.name.count else { return ([], bytes) }
        let cut = bytes.indices.first {
            bytes[$0] == slash && bytes.count - $0 - 1 <= Field.name.count
        }
        guard let cut, cut <= Field.prefix.count, cut < bytes.count - 1 else {
            throw .nameTooLong(name)
        }
        return (Array(bytes[..<cut]), Array(bytes[(cut + 1)...]))
    }

    /// The sum of all bytes, those of the checksum itself counted as spaces.
    private static func checksum(of block: [UInt8]) -> Int {
        block.indices.reduce(0) { sum, index in
            sum + (Field.checksum.contains(index) ? 32 : Int(block[index]))
        }
    }

    private static func put(_ bytes: [UInt8], into block: inout [UInt8], _ field: Range<Int>) {
        block.replaceSubrange(field.lowerBound..<field.lowerBound + bytes.count, with: bytes)
    }

    /// Octal digits and a NUL.
    private static func put(_ number: Int, into block: inout [UInt8], _ field: Range<Int>) {
        let digits = String(number, radix: 8)
        guard digits.utf8.count < field.count else {
            let bytes = (0..<field.count).map { index in
                let shift = 8 * (field.count - 1 - index)
                return shift < 64 ? UInt8(truncatingIfNeeded: number >> shift) : 0
            }
            put([0x80] + bytes.dropFirst(), into: &block, field)
            return
        }
        let padding = String(repeating: "0", count: field.count - 1 - digits.utf8.count)
        put(Array((padding + digits).utf8), into: &block, field)
    }

    private static func number(in block: [UInt8], _ field: Range<Int>) -> Int? {
        let bytes = block[field]
        if bytes.first == 0x80 {
            guard bytes.dropLast(8).dropFirst().allSatisfy({ $0 == 0 }) else { return nil }
            return Int(exactly: bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        let digits = bytes.filter { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard digits.first != UInt8(ascii: "-") else { return nil }
        return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private static func text(in block: [UInt8], _ field: Range<Int>) -> String {
        String(decoding: block[field].prefix { $0 != 0 }, as: UTF8.self)
    }
}
