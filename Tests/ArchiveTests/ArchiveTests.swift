import FoundationEssentials
import Glibc
import Testing

@testable import Archive

@Suite struct ArchiveTests {
    let directory: String
    private var path: String { directory + "/a.tar.zst" }

    init() throws {
        var template = Array(
            "\(FileManager.default.temporaryDirectory.path)/tar-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private let long =
        "media/\(String(repeating: "d", count: 90))/\(String(repeating: "f", count: 90))"

    /// Bytes that compress a little, in more than one block.
    private static let content = (0..<300_001).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }

    private func write() throws {
        let source = directory + "/source"
        try Data(Self.content).write(to: URL(filePath: source))
        var writer = ArchiveWriter(to: try File(creating: path, mode: 0o600))
        try writer.add(Member(name: "empty", mode: 0o600, modified: 1))
        var seen: [UInt8] = []
        try writer.add(
            Member(name: "big", mode: 0o640, size: Self.content.count, modified: 1_700_000_000),
            from: try File(reading: source)
        ) { seen += Array($0) }
        #expect(seen == Self.content)
        try writer.add(Member(name: "media", isDirectory: true, mode: 0o2750, modified: 1))
        try writer.add(Member(name: long, mode: 0o600, modified: 1), Array("a text".utf8))
        let size = try writer.finish()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_size == size)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    private func read() throws -> [(member: Member, content: [UInt8])] {
        var reader = ArchiveReader(from: try File(reading: path))
        var found: [(Member, [UInt8])] = []
        while let member = try reader.next() {
            var content: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1000)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
                if count == 0 { break }
                content += buffer[..<count]
            }
            found.append((member, content))
        }
        return found
    }

    @Test func whatIsWrittenIsRead() throws {
        try write()
        let found = try read()
        #expect(found.map(\.member.name) == ["empty", "big", "media", long])
        #expect(found.map(\.member.mode) == [0o600, 0o640, 0o2750, 0o600])
        #expect(found[1].member.modified == 1_700_000_000)
        #expect(found[1].content == Self.content)
        #expect(found[2].member.isDirectory)
        #expect(found[3].content == Array("a text".utf8))
    }

    @Test("tar and zstd read it")
    func others() throws {
        try write()
        let script = """
            cd '\(directory)' && zstd -dqc a.tar.zst | tar -xf - && cmp source big \
            && [ "$(cat '\(long)')" = "a text" ] && [ "$(stat -c %a big)" = 640 ]
            """
        #expect(system(script) == 0)
    }

    @Test func everyDamagedByteIsNoticed() throws {
        try write()
        let whole = try Data(contentsOf: URL(filePath: path))
        // Bits that say how to compress, such as the size of the window, may change nothing.
        for position in stride(from: 0, to: whole.count, by: 97) {
            var damaged = whole
            damaged[position] ^= 0xff
            try damaged.write(to: URL(filePath: path))
            #expect(throws: ArchiveError.self, "byte \(position)") { try read() }
        }
    }

    @Test func everyCutIsNoticed() throws {
        try write()
        let whole = try Data(contentsOf: URL(filePath: path))
        for size in Array(stride(from: 0, to: whole.count, by: 101)) + [whole.count - 1] {
            try whole[..<size].write(to: URL(filePath: path))
            #expect(throws: ArchiveError.self, "\(size) bytes") { try read() }
        }
    }

    @Test func aDamagedMemberIsTheOneBeingRead() throws {
        try write()
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count / 2] ^= 0xff
        try bytes.write(to: URL(filePath: path))
        var reader = ArchiveReader(from: try File(reading: path))
        _ = try reader.next()
        #expect(try reader.next()?.name == "big")
        #expect(throws: ArchiveError.self) { try reader.finishMember() }
    }

    @Test("Sizes of any length", arguments: [0, 511, 512, 8_589_934_591, 8_589_934_592, 1 << 50])
    func sizes(size: Int) throws {
        let member = Member(name: "m", mode: 0o600, size: size, modified: 1)
        #expect(try TarHeader.decode(TarHeader.encode(member)) == member)
    }

    @Test func aFileFromBefore1970CanBeReadBack() throws {
        let member = Member(name: "old", mode: 0o600, modified: -1)
        #expect(try TarHeader.decode(TarHeader.encode(member))?.modified == 0)
    }

    @Test("Numbers that no archive of ours holds are damage", arguments: ["-0000000007", "-1"])
    func foreignNumbers(text: String) throws {
        try expectDamage(modified: Array(text.utf8), size: [])
    }

    @Test func aSizeThatNoSumCanHoldIsDamage() throws {
        let size: [UInt8] = [0x80, 0, 0, 0, 0x7f] + [UInt8](repeating: 0xff, count: 7)
        try expectDamage(modified: [], size: size)
    }

    private func expectDamage(modified: [UInt8], size: [UInt8]) throws {
        var block = try TarHeader.encode(Member(name: "a", mode: 0, modified: 0))
        block.replaceSubrange(124..<124 + size.count, with: size)
        block.replaceSubrange(136..<136 + modified.count, with: modified)
        block.replaceSubrange(148..<156, with: repeatElement(32, count: 8))
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<148 + sum.utf8.count, with: sum.utf8)
        #expect(throws: ArchiveError.self) { try TarHeader.decode(block) }
    }

    @Test func aNameThatDoesNotFitIsRefused() {
        let member = Member(
            name: String(repeating: "x", count: 101), mode: 0o600, modified: 1)
        #expect(throws: ArchiveError.nameTooLong(member.name)) { try TarHeader.encode(member) }
    }

    @Test func aFileThatShrinksIsNoticed() throws {
        let source = directory + "/source"
        try Data([1, 2, 3]).write(to: URL(filePath: source))
        var writer = ArchiveWriter(to: try File(creating: path, mode: 0o600))
        #expect(throws: ArchiveError.shrunk("m")) {
            try writer.add(
                Member(name: "m", mode: 0o600, size: 4, modified: 1),
                from: try File(reading: source)
            ) { _ in }
        }
    }
}
