import Testing

@testable import Web

@Suite struct EventStreamTests {
    private final class Writer: ResponseWriter {
        var text = ""
        var flushes = 0
        var isClientGone = false

        func write(_ bytes: [UInt8]) throws(ClientGone) {
            if isClientGone { throw ClientGone() }
            text += String(decoding: bytes, as: UTF8.self)
        }

        func flush() throws(ClientGone) { flushes += 1 }
    }

    @Test func eachEventGoesOutAtOnce() throws {
        let writer = Writer()
        let stream = EventStream(writer)
        try stream.send(id: "1.0", event: "delta", data: "{}".utf8)
        try stream.keepAlive()
        #expect(writer.text == "id: 1.0\nevent: delta\ndata: {}\n\n: keep-alive\n\n")
        #expect(writer.flushes == 2)
    }

    @Test func aClientThatLeftIsNoticed() {
        let writer = Writer()
        writer.isClientGone = true
        #expect(throws: ClientGone.self) {
            try EventStream(writer).send(id: "1", event: "delta", data: "{}".utf8)
        }
    }
}
