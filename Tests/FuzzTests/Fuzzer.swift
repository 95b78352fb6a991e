import FoundationEssentials
import Glibc
import Synchronization
import Testing
import Threads

/// Bytes that something of ours has to read whatever they are, made by changing good ones.
///
/// Each input follows from its number alone. A number that fails is told; one that traps is in
/// `.build/fuzz/NAME`, and `FUZZ_NUMBER=… swift test --filter FuzzTests` tries that one alone.
struct Fuzzer {
    /// Of the file that holds the number being tried.
    let name: String
    /// Good inputs to begin from.
    let seeds: [[UInt8]]
    /// Throws, or records an issue, where a reader does what it must not. Gets the input, and
    /// randomness for where it cuts.
    let check: (_ input: [UInt8], _ random: inout Random) throws -> Void

    /// For each fuzzer: a second among the other tests, a minute in `Tests/run fuzz`.
    static let duration = Duration.seconds(Int(variable("FUZZ_SECONDS") ?? "1")!)

    private static let onlyNumber = variable("FUZZ_NUMBER").flatMap { UInt64($0) }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    /// Tries input after input until the time is over; gives how many.
    func run() throws -> Int {
        if let number = Self.onlyNumber {
            try attempt(number)
            return 1
        }
        let trace = try Trace(name)
        let first = UInt64.random(in: 0..<1 << 40)
        let end = ContinuousClock.now + Self.duration
        var count = 0
        while ContinuousClock.now < end {
            for _ in 0..<64 {
                let number = first + UInt64(count)
                trace.note(number)
                try attempt(number)
                count += 1
            }
        }
        return count
    }

    private func attempt(_ number: UInt64) throws {
        var random = Random(state: number)
        let input = random.changed(seeds[Int(random.next() % UInt64(seeds.count))], all: seeds)
        do { try check(input, &random) } catch {
            Issue.record("\(name): FUZZ_NUMBER=\(number) \(error)")
            throw error
        }
    }
}

/// Keeps the number under trial in a file that outlives a trap: memory shared with it.
private struct Trace {
    private let place: UnsafeMutableRawPointer

    init(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: ".build/fuzz", withIntermediateDirectories: true)
        let descriptor = open(".build/fuzz/\(name)", O_RDWR | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        guard ftruncate(descriptor, 21) == 0,
            let place = mmap(nil, 21, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            place != MAP_FAILED
        else { throw Unusable() }
        self.place = place
    }

    struct Unusable: Error {}

    /// As decimal digits and a line feed.
    func note(_ number: UInt64) {
        var rest = number
        for index in (0..<20).reversed() {
            place.storeBytes(of: UInt8(48 + rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        }
        place.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: 20, as: UInt8.self)
    }
}

/// SplitMix64: the same numbers for the same beginning.
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(next() % UInt64(limit)) }

    /// What breaks readers: ends of ranges, marks of formats.
    private static let telling: [UInt8] = [
        0, 1, 0x7f, 0x80, 0xff, 0xfe, 10, 13, 32, 34, 44, 45, 46, 48, 57, 58, 91, 92, 93, 101, 117,
        123, 125, 0xc3, 0xed, 0xef, 0xf0, 0xf4,
    ]

    /// A few changes: bytes set, bits turned, parts removed, doubled, put in, swapped with another's.
    mutating func changed(_ seed: [UInt8], all seeds: [[UInt8]]) -> [UInt8] {
        var bytes = seed
        for _ in 0...below(8) {
            let at = below(bytes.count + 1)
            let end = min(bytes.count, at + 1 + below(1 << below(8)))
            switch below(8) {
            case 0 where at < bytes.count: bytes[at] = Self.telling[below(Self.telling.count)]
            case 1 where at < bytes.count: bytes[at] ^= 1 << UInt8(below(8))
            case 2 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: next())
            case 3: bytes.removeSubrange(at..<end)
            case 4: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 5:
                let byte = Self.telling[below(Self.telling.count)]
                bytes.insert(contentsOf: repeatElement(byte, count: 1 << below(10)), at: at)
            case 6:
                let other = seeds[below(seeds.count)]
                let start = below(other.count)
                bytes.replaceSubrange(at..<end, with: other[start...].prefix(below(64)))
            case 7: bytes.removeSubrange(end...)
            default: break
            }
        }
        return bytes
    }

    /// The input in pieces, as reads may deliver it.
    mutating func pieces(of input: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = input[...]
        let largest = 1 << below(10)
        while !rest.isEmpty {
            pieces.append(rest.prefix(1 + below(largest)))
            rest = rest.dropFirst(pieces.last!.count)
        }
        return pieces
    }
}

/// What a reader must not do.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
