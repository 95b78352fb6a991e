internal import CZstd

/// Compresses what it is given and appends it to a file (Zstandard, RFC 8878).
struct Compressor: ~Copyable {
    private let context: OpaquePointer
    private let file: File
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ZSTD_CStreamOutSize(), alignment: 16)
    /// Bytes that have been written to the file.
    private(set) var written = 0

    init(to file: consuming File) {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
        // A checksum of the uncompressed content ends each frame.
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        self.context = context
        self.file = file
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try compress(bytes, ZSTD_e_continue)
    }

    /// Ends a frame: what follows can be read even if what was before is damaged.
    mutating func endFrame() throws(ArchiveError) {
        try compress(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end)
    }

    mutating func sync() throws(ArchiveError) {
        try file.sync()
    }

    private mutating func compress(
        _ bytes: UnsafeRawBufferPointer, _ operation: ZSTD_EndDirective
    ) throws(ArchiveError) {
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var rest = 1
        while rest != 0 {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            rest = ZSTD_compressStream2(context, &target, &input, operation)
            guard ZSTD_isError(rest) == 0 else {
                throw .damaged("compression failed: \(String(cString: ZSTD_getErrorName(rest)))")
            }
            try file.write(UnsafeRawBufferPointer(rebasing: output[..<target.pos]))
            written += target.pos
            if operation == ZSTD_e_continue, input.pos == input.size { return }
        }
    }
}
