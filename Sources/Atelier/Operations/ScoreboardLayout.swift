/// Where what lies in the memory of a ``Scoreboard``: a page of fields, the series, and a slot for each
/// request that may run.
enum ScoreboardLayout {
    /// Changes with the layout: a file of another one is begun anew.
    static let magic = 0x41_54_45_4c_53_42_30_31

    /// The words at the beginning.
    enum Field: Int, CaseIterable {
        case magic, seriesBytes, slots
        case pid, startedMs, beatMs, requests
        case busy, idle, limit, streams, hasQueue

        var offset: Int { rawValue * 8 }
    }

    static let seriesStart = 4096
    static let seriesCapacity = 256 * 1024
    static let slotsStart = seriesStart + seriesCapacity
    static let slotSize = 128

    static func size(slots: Int) -> Int { slotsStart + slots * slotSize }

    // MARK: Slots

    /// Changes before and after each change of the rest: odd while that is being written.
    static func version(ofSlot slot: Int) -> Int { slotsStart + slot * slotSize }
    /// 0 in a slot that is free.
    static func startedMs(ofSlot slot: Int) -> Int { version(ofSlot: slot) + 8 }
    static func method(ofSlot slot: Int) -> Int { version(ofSlot: slot) + 16 }
    static let methodWidth = 8
    static func id(ofSlot slot: Int) -> Int { method(ofSlot: slot) + methodWidth }
    static let idWidth = 32
    static func route(ofSlot slot: Int) -> Int { id(ofSlot: slot) + idWidth }
    static let routeWidth = 72

    // MARK: Series

    /// A series: a word with the lengths of its text in bytes and of its numbers in words, the text up
    /// to a whole word, the numbers.
    struct SeriesPlace {
        let text: String
        /// Where its numbers begin.
        let values: Int
        let width: Int
    }

    static func seriesSize(textBytes: Int, width: Int) -> Int {
        8 + (textBytes + 7) / 8 * 8 + width * 8
    }

    /// The series there are; `nil` when the memory holds nonsense.
    static func series(in memory: SharedMemory) -> [SeriesPlace]? {
        let end = seriesStart + memory.load(Field.seriesBytes.offset)
        guard (seriesStart...slotsStart).contains(end), end <= memory.bytes.count else {
            return nil
        }
        var places: [SeriesPlace] = []
        var offset = seriesStart
        while offset < end {
            let lengths = memory.load(offset)
            let (textBytes, width) = (lengths >> 32, lengths & 0xffff_ffff)
            let next = offset + seriesSize(textBytes: textBytes, width: width)
            guard textBytes > 0, width > 0, next <= end else { return nil }
            places.append(
                SeriesPlace(
                    text: memory.text(at: offset + 8, width: textBytes),
                    values: next - width * 8, width: width))
            offset = next
        }
        return places
    }

    /// Appends a series that counts from zero.
    ///
    /// - Returns: Where its numbers begin; `nil` when there is no room.
    static func append(_ text: String, width: Int, to memory: SharedMemory) -> Int? {
        let used = memory.load(Field.seriesBytes.offset)
        let size = seriesSize(textBytes: text.utf8.count, width: width)
        guard used + size <= seriesCapacity else { return nil }
        let offset = seriesStart + used
        let values = offset + size - width * 8
        for index in 0..<width { memory.store(0, at: values + index * 8) }
        memory.write(text, at: offset + 8, width: text.utf8.count)
        memory.store(text.utf8.count << 32 | width, at: offset)
        // Whoever sees the new end sees what lies before it, and a process killed here has done nothing.
        memory.store(used + size, at: Field.seriesBytes.offset)
        return values
    }
}
