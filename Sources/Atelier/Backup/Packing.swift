import Archive
import Crypto
import Glibc

/// Writes the archive of a backup, its manifest last.
struct Packing: ~Copyable {
    private var archive: ArchiveWriter
    private var files: [BackupManifest.File] = []
    /// When the backup was begun; Unix time in milliseconds.
    private let time: Int

    init(to file: consuming File, at time: Int) {
        archive = ArchiveWriter(to: file)
        self.time = time
    }

    mutating func add(_ name: String, from path: String) throws {
        let file = try File(reading: path)
        let status = try file.status()
        let member = Member(
            name: name, mode: status.st_mode & 0o777, size: Int(status.st_size),
            modified: status.st_mtim.tv_sec)
        var hash = SHA256()
        try archive.add(member, from: file) { hash.update(bufferPointer: $0) }
        files.append(.init(name: name, size: member.size, sha256: hash.finalize().hexadecimal))
    }

    /// Adds every file that is there when its turn comes.
    mutating func addMedia(_ media: MediaTree) throws {
        for entry in try media.entries() {
            let name = BackupManifest.mediaName + "/" + entry.name
            do {
                if entry.isDirectory {
                    try archive.add(
                        Member(name: name, isDirectory: true, mode: 0o750, modified: time / 1000))
                } else {
                    try add(name, from: media.path + "/" + entry.name)
                }
            } catch ArchiveError.system(_, ENOENT) {
                continue  // deleted since
            }
        }
    }

    /// - Returns: The size of the archive in bytes; it is on the disk.
    consuming func finish(schema: Int, rows: [String: Int]) throws -> Int {
        let manifest = BackupManifest(
            format: BackupManifest.newestFormat, program: Version.text, schema: schema,
            created: time, files: files, rows: rows)
        try archive.add(
            Member(name: BackupManifest.name, mode: 0o600, modified: time / 1000),
            manifest.encoded())
        return try archive.finish()
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xf)]] }, as: UTF8.self)
    }
}
