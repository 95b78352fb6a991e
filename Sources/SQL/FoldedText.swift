@_spi(_Unicode) import Swift

extension StringProtocol {
    /// A text as it is searched: without case and accents, in one normal form (NFD).
    ///
    /// Stored beside what it is made of, so that a search is a comparison of bytes in any database.
    /// What is folded away: case (also of `ß`, the final `ς` and the dotless `ı`, which the full case
    /// folding of Unicode leaves to a language), the accents of Latin, Greek and Cyrillic letters, strokes
    /// and ligatures of Latin ones, the width of Latin ones in Japanese texts, the shape of quotation
    /// marks, and what nobody sees. The signs of other scripts stay: there they are letters.
    public var folded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var result = String.UnicodeScalarView()
        for scalar in String(self)._nfd where !scalar.isAccent && !scalar.isUnseen {
            if let plain = foldings[scalar] {
                result.append(contentsOf: plain.unicodeScalars)
            } else {
                result.append(
                    contentsOf: scalar.withoutWidth.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return String(result)
    }
}

/// What has no decomposition that says what a person would type for it.
private let foldings: [Unicode.Scalar: String] = [
    "ß": "ss", "ẞ": "ss", "ſ": "s", "ı": "i", "ς": "σ", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe",
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th",
    "Þ": "th", "ħ": "h", "Ħ": "h", "ŧ": "t", "Ŧ": "t", "ĳ": "ij", "Ĳ": "ij", "ﬁ": "fi", "ﬂ": "fl",
    "‘": "'", "’": "'", "ʼ": "'", "“": "\"", "”": "\"", "„": "\"", "\u{a0}": " ", "\u{202f}": " ",
]

extension Unicode.Scalar {
    /// One of the marks that Latin, Greek and Cyrillic letters carry.
    fileprivate var isAccent: Bool {
        switch value {
        case 0x300...0x36f, 0x1ab0...0x1aff, 0x1dc0...0x1dff, 0x20d0...0x20ff, 0xfe20...0xfe2f: true
        default: false
        }
    }

    fileprivate var isUnseen: Bool { properties.isDefaultIgnorableCodePoint }

    /// The ordinary letter of a fullwidth one.
    fileprivate var withoutWidth: Unicode.Scalar {
        guard (0xff01...0xff5e).contains(value) else { return self }
        return Unicode.Scalar(value - 0xfee0) ?? self
    }
}
