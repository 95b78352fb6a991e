import SQL
import Testing

@Suite struct FoldedTextTests {
    @Test(
        "What a person takes for the same is the same when it is searched",
        arguments: [
            ["Übung", "übung", "ÜBUNG", "ubung", "U\u{308}bung", "u\u{308}BUNG"],
            ["ПРИВЕТ мир", "привет мир", "Привет Мир"], ["ёлка", "елка", "ЁЛКА"],
            ["Straße", "STRASSE", "STRAẞE", "strasse"],
            ["ΟΔΟΣ", "οδος", "οδός", "ὁδός", "Οδοσ"],
            ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "I\u{307}stanbul"],
            ["Isparta", "ısparta", "ISPARTA", "isparta"],
            ["Łódź", "lodz", "ŁÓDŹ"], ["Ærøskøbing", "aeroskobing", "ÆRØSKØBING"],
            ["Tiếng Việt", "tieng viet", "Tie\u{302}\u{301}ng Vie\u{323}\u{302}t"],
            ["ＡＢＣ１", "abc1"], ["don’t", "don't"], ["❤\u{fe0f}", "❤"],
            ["co\u{ad}operate", "cooperate"], ["한글", "한글".decomposed],
            ["Ångström", "Å\u{6e}gstrom"],
            ["ﬁle", "file"], ["a\u{a0}b", "a b"],
        ])
    func same(texts: [String]) {
        #expect(Set(texts.map { Array($0.folded.utf8) }).count == 1, "\(texts.map(\.folded))")
    }

    @Test(
        "What is another letter stays another",
        arguments: [
            ("か", "が"), ("कु", "क"), ("שׁ", "ש"), ("a", "b"), ("日本", "日木"), ("%", "_"), ("o", "0"),
        ])
    func different(one: String, other: String) {
        #expect(Array(one.folded.utf8) != Array(other.folded.utf8))
    }

    @Test func foldingTwiceChangesNothing() {
        for value in UInt32(0x20)..<0x1_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let folded = String(scalar).folded
            #expect(Array(folded.folded.utf8) == Array(folded.utf8), "\(value)")
        }
    }
}

extension String {
    /// Hangul in its letters, as macOS names files.
    fileprivate var decomposed: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
                    let index = scalar.value - 0xac00
                    let tail = index % 28
                    return [
                        0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11a7 + tail,
                    ].dropLast(tail == 0 ? 1 : 0).compactMap(Unicode.Scalar.init)
                }))
    }
}
