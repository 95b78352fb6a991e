/// How events become bytes; anything but ``standard`` is there to try a parser.
struct Framing: Sendable {
    var lineEnd = "\n"
    var field = "data: "
    /// Puts the JSON of an event on two `data` lines.
    var splitsData = false
    /// Sends byte by byte.
    var drips = false

    /// `data: …`, one line, line feeds: as OpenRouter sends it.
    static let standard = Framing()

    func event(_ data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 16)
        bytes += field.utf8
        if splitsData, let comma = data.firstIndex(of: UInt8(ascii: ",")) {
            // The line feed that a parser puts between the lines is white space to JSON there.
            bytes += data[...comma]
            bytes += lineEnd.utf8
            bytes += field.utf8
            bytes += data[(comma + 1)...]
        } else {
            bytes += data
        }
        bytes += lineEnd.utf8
        bytes += lineEnd.utf8
        return bytes
    }

    func comment(_ text: String) -> [UInt8] {
        [UInt8]((": " + text + lineEnd + lineEnd).utf8)
    }
}
