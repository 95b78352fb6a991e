import Glibc

/// When a piece of an answer was sent, as text inside it: `@` and 17 digits, the monotonic clock in
/// nanoseconds.
struct Stamp {
    static let blank = "@" + String(repeating: "0", count: digits)
    private static let digits = 17

    let nanoseconds: Int

    static var now: Stamp {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Stamp(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    /// Where a blank stamp lies.
    static func offset(in bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { $0.offset(of: "@0") }
    }

    /// The bytes with this stamp in them.
    func written(over bytes: [UInt8], at offset: Int) -> [UInt8] {
        var bytes = bytes
        var rest = nanoseconds
        for index in stride(from: offset + Self.digits, to: offset, by: -1) {
            bytes[index] = UInt8(48 + rest % 10)
            rest /= 10
        }
        return bytes
    }

    /// All stamps that lie wholly in the bytes.
    static func all(in bytes: [UInt8]) -> [Stamp] {
        var stamps: [Stamp] = []
        var rest = bytes[...]
        while let mark = rest.firstIndex(of: UInt8(ascii: "@")) {
            let digits = rest[(mark + 1)...].prefix(Self.digits)
            if digits.count == Self.digits, digits.allSatisfy({ (48...57).contains($0) }) {
                stamps.append(Stamp(nanoseconds: digits.reduce(0) { $0 * 10 + Int($1 - 48) }))
            }
            rest = rest[digits.endIndex...]
        }
        return stamps
    }
}
