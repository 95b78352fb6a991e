internal import Threads

/// Identifiers that sort by the time they were made: UUID version 7 (RFC 9562, section 5.7).
public enum UUIDv7 {
    private static let sequence = Monitor(Sequence())

    /// A new identifier as 36 characters of lower-case text.
    ///
    /// Within a process each one is greater than those before it, even in the same millisecond or
    /// when the clock is set back. 62 bits are random, from the system's secure source; all the
    /// same it is an identifier and not a secret.
    public static func text() -> String {
        var random = SystemRandomNumberGenerator()
        let low = random.next()
        let seed = random.next()
        let high = sequence.withLock {
            $0.next(milliseconds: UInt64(UnixTime.milliseconds), seed: seed)
        }
        return text(high: high, low: low & (1 << 62 - 1) | 0b10 << 62)
    }

    /// The first half of each identifier: 48 bits of time, the version, 12 bits of counter.
    ///
    /// The counter starts at a random value below half its range in each millisecond; when it
    /// overflows, the time runs ahead (section 6.2, method 1).
    struct Sequence {
        private var milliseconds: UInt64 = 0
        private var counter: UInt64 = 0

        mutating func next(milliseconds now: UInt64, seed: UInt64) -> UInt64 {
            if now > milliseconds {
                milliseconds = now
                counter = seed & 0x7ff
            } else if counter < 0xfff {
                counter += 1
            } else {
                milliseconds += 1
                counter = seed & 0x7ff
            }
            return (milliseconds & (1 << 48 - 1)) << 16 | 0x7000 | counter
        }
    }

    private static func text(high: UInt64, low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = digit < 16 ? high : low
                buffer[position] = hexDigit(UInt8(half >> UInt64(60 - digit % 16 * 4) & 0xf))
                position += 1
            }
            return position
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
