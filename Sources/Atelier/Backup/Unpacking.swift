import Archive
import Crypto
import FoundationEssentials
import Glibc

/// One pass over a backup's archive: writes its files, and compares their checksums with its manifest.
struct Unpacking {
    private let path: String
    private let directory: String
    private var found: [BackupManifest.File] = []
    private var manifest: BackupManifest?
    /// The member at hand, for what is said of damage.
    private var place = "at its beginning"

    /// Of a manifest; what is longer is none.
    private static let manifestLimit = 1 << 30

    init(archive path: String, into directory: String) {
        self.path = path
        self.directory = directory
    }

    /// - Throws: ``BackupFailure`` naming the member that is damaged, missing or too many.
    consuming func run() throws -> BackupManifest {
        do {
            try readMembers()
        } catch ArchiveError.damaged(let what) {
            throw BackupFailure("\(path): damaged \(place): \(what)")
        } catch let failure as BackupFailure {
            throw BackupFailure("\(path): \(failure)")
        }
        guard let manifest else {
            throw BackupFailure("\(path): its \(BackupManifest.name) is missing")
        }
        try compare(with: manifest)
        return manifest
    }

    private mutating func readMembers() throws {
        var archive = ArchiveReader(from: try File(reading: path))
        while let member = try archive.next() {
            place = "in \(member.name)"
            try requireOurs(member.name)
            if member.isDirectory {
                try makeDirectory(member)
            } else if member.name == BackupManifest.name {
                manifest = try BackupManifest(readManifest(member, &archive))
            } else {
                try unpack(member, &archive)
            }
            place = "behind \(member.name)"
        }
    }

    /// Nothing but what a backup holds, and nothing that leads out of the directory.
    private func requireOurs(_ name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isMedia = parts.count > 1 && parts[0] == BackupManifest.mediaName
        let isSound = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard
            name == BackupManifest.name || name == BackupManifest.databaseName
                || isMedia && isSound
        else { throw BackupFailure("\(name) does not belong into a backup of Atelier") }
    }

    private func makeDirectory(_ member: Member) throws {
        try FileManager.default.createDirectory(
            atPath: directory + "/" + member.name, withIntermediateDirectories: true)
    }

    private func readManifest(
        _ member: Member, _ archive: inout ArchiveReader
    ) throws -> [UInt8] {
        guard member.size <= Self.manifestLimit else {
            throw ArchiveError.damaged("it is too long")
        }
        var text: [UInt8] = []
        try readContent(&archive) { text += $0 }
        return text
    }

    private mutating func unpack(_ member: Member, _ archive: inout ArchiveReader) throws {
        let target = directory + "/" + member.name
        if let slash = target.lastIndex(of: "/") {
            try FileManager.default.createDirectory(
                atPath: String(target[..<slash]), withIntermediateDirectories: true)
        }
        let file = try File(creating: target, mode: member.mode & 0o777)
        var hash = SHA256()
        try readContent(&archive) { piece in
            hash.update(bufferPointer: piece)
            try file.write(piece)
        }
        found.append(
            .init(name: member.name, size: member.size, sha256: hash.finalize().hexadecimal))
    }

    private func readContent(
        _ archive: inout ArchiveReader, _ visit: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try archive.read(into: buffer)
            guard count > 0 else { return }
            try visit(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func compare(with manifest: BackupManifest) throws {
        let expected = Dictionary(grouping: manifest.files, by: \.name)
        let actual = Dictionary(grouping: found, by: \.name)
        let wrong = Set(expected.keys).union(actual.keys).filter { expected[$0] != actual[$0] }
        guard !wrong.isEmpty else { return }
        let lines = wrong.sorted().map { name in
            switch (expected[name], actual[name]) {
            case (nil, _): "\(name) is not in its manifest"
            case (_, nil): "\(name) is missing"
            default: "\(name) is not what it was: its checksum differs"
            }
        }
        throw BackupFailure("\(path): \(lines.joined(separator: "; "))")
    }
}
