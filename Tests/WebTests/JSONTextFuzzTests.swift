import FoundationEssentials
import Testing

@testable import Web

/// Random changes to sound texts: what is let through is what the decoder takes, and nothing traps.
@Suite struct JSONTextFuzzTests {
    private static let seeds = [
        #"{"title":"é/\ud83d\ude00","part":{"size":3},"list":[1,-2.5e3,true,false,null,{}]}"#,
        #"[[],[[]],"\u0000\ud83d","\"\\\/\b\f\n\r\t",0,-0,1e+9,"漢🙂"]"#, #"  "x"  "#, "-0.0e-0",
    ]
    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\udc00", "0", "1", "-", ".",
        "e",
        "+", "true", "null", " ", "\n", "\u{0}", "\u{feff}", "é", "🙂", #""a":1,"#, #""a":"b""#,
    ]

    @Test func whatIsSoundIsWhatTheDecoderTakes() {
        var random = SeededGenerator(state: 8)
        var taken = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) { Self.change(&bytes, &random) }
            guard let text = try? JSONText(bytes) else { continue }
            taken += 1
            #expect(
                (try? JSONDecoder().decode(Anything.self, from: Data(text.bytes))) != nil,
                "\(String(decoding: bytes, as: UTF8.self))")
            #expect((try? JSONText(text.bytes))?.bytes == text.bytes, "repairing once is enough")
        }
        #expect(taken > 2_000)
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(contentsOf: pieces.randomElement(using: &random)!.utf8, at: place)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + 2))
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        default: bytes.removeSubrange(place...)
        }
    }
}

/// Any JSON value.
private struct Anything: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Name.self) {
            for key in object.allKeys { _ = try object.decode(Anything.self, forKey: key) }
        } else if var list = try? decoder.unkeyedContainer() {
            while !list.isAtEnd { _ = try list.decode(Anything.self) }
        } else {
            // A number, whatever its size, is refused only where a field takes it.
            let value = try decoder.singleValueContainer()
            _ = value.decodeNil() || (try? value.decode(String.self)) != nil
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
