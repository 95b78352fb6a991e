import Web

/// Writes an answer as server-sent events, each sent off at once.
final class EventOutput: Output {
    let patience = Duration.milliseconds(500)
    let gathers = false
    private let writer: any ResponseWriter
    private let encoder: ChunkEncoder
    private let framing: Framing
    private let time: TimeSource
    private var finishReason = FinishReason.stop

    init(
        _ writer: any ResponseWriter, _ encoder: ChunkEncoder, _ framing: Framing,
        _ time: TimeSource
    ) {
        self.writer = writer
        self.encoder = encoder
        self.framing = framing
        self.time = time
    }

    func keepAlive() throws(ClientGone) {
        try write(framing.comment("OPENROUTER PROCESSING"))
    }

    func send(_ delta: Delta) throws(ClientGone) {
        try write(encoder.chunk(delta))
    }

    func finish(_ reason: FinishReason) throws(ClientGone) {
        finishReason = reason
        try write(encoder.finish(reason))
    }

    func report(_ usage: DemoUsage, as shape: UsageShape) throws(ClientGone) {
        try write(encoder.usage(usage, as: shape, finish: finishReason))
    }

    func fail(_ fault: StreamFault) throws(ClientGone) {
        try write(encoder.fault(fault))
    }

    func done() throws(ClientGone) { try write("[DONE]") }

    func close() {}

    private func write(_ data: JSONLiteral) throws(ClientGone) {
        try write(framing.event(data.bytes))
    }

    private func write(_ bytes: [UInt8]) throws(ClientGone) {
        guard !framing.drips else { return try drip(bytes) }
        try writer.write(bytes)
        try writer.flush()
    }

    /// A pause after each byte, or the bytes would meet again on their way.
    private func drip(_ bytes: [UInt8]) throws(ClientGone) {
        for byte in bytes {
            try writer.write([byte])
            try writer.flush()
            time.sleep(.milliseconds(1))
        }
    }
}
