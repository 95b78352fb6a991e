internal import CZstd

/// Reads what a ``Compressor`` has written.
struct Decompressor: ~Copyable {
    private let context: OpaquePointer
    private let file: File
    private let input = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ZSTD_DStreamInSize(), alignment: 16)
    private var position = 0
    private var end = 0
    /// Whether a frame has begun and not ended.
    private var isInFrame = false

    init(from file: consuming File) {
        guard let context = ZSTD_createDCtx() else { fatalError("out of memory") }
        self.context = context
        self.file = file
    }

    deinit {
        ZSTD_freeDCtx(context)
        input.deallocate()
    }

    /// Fills the buffer as far as there is something left.
    ///
    /// - Returns: How many bytes it now holds; fewer than fit only at the end.
    /// - Throws: ``ArchiveError/damaged(_:)`` when a checksum is wrong or a frame was cut off.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while target.pos < target.size, try fill() { try decompress(into: &target) }
        return target.pos
    }

    /// Checks the end of a frame whose content has been read. Does nothing in its midst.
    mutating func endFrame() throws(ArchiveError) {
        var nothing = ZSTD_outBuffer(dst: nil, size: 0, pos: 0)
        while isInFrame, try fill() {
            let before = position
            try decompress(into: &nothing)
            if position == before { return }
        }
    }

    private mutating func decompress(into target: inout ZSTD_outBuffer) throws(ArchiveError) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: end, pos: position)
        let code = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(code) == 0 else {
            throw .damaged(String(cString: ZSTD_getErrorName(code)))
        }
        position = source.pos
        isInFrame = code != 0
    }

    /// - Returns: Whether there is input; `false` at the end.
    private mutating func fill() throws(ArchiveError) -> Bool {
        guard position == end else { return true }
        position = 0
        end = try file.read(into: input)
        guard end > 0 || !isInFrame else { throw .damaged("it is cut off") }
        return end > 0
    }
}
