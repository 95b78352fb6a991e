import Web

/// An e-mail address as accounts are kept and found under; sound from `init` on.
///
/// Whether mail arrives there only mail can tell. What is checked is that no two accounts can have
/// addresses that look the same: a person reads addresses, and takes one for the other.
struct EmailAddress {
    let text: String

    /// - Throws: ``Problem`` `invalid_body` or `look_alike_address`, for `email`.
    init(_ text: String) throws(Problem) {
        let folded = Self.folded(try TextField.email.checked(text))
        let sides = folded.split(separator: "@", omittingEmptySubsequences: false)
        guard sides.count == 2, folded.utf8.count <= TextField.email.limit,
            sides.allSatisfy(Self.isDotted),
            folded.unicodeScalars.allSatisfy(Self.isAllowed)
        else { throw .invalidBody("email", "must be an e-mail address such as ada@example.org") }
        let parts = sides[1].split(separator: ".") + [sides[0]]
        guard folded.unicodeScalars.allSatisfy(Self.isPlain), parts.allSatisfy(Self.isOneAlphabet)
        else {
            throw AccountProblem.lookAlikeAddress
        }
        self.text = folded
    }

    /// Composed, in lower case, without spaces around it and without the dot a domain may end with
    /// (RFC 1034, 3.1).
    static func folded(_ text: String) -> String {
        var rest = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        while rest.contains("@"), rest.hasSuffix("."), !rest.hasSuffix("@.") { rest.removeLast() }
        return rest.composed.lowercased().composed
    }

    /// What the address of an account may be stored as: accounts older than ``folded(_:)`` have it in
    /// the form it was typed in. The likeliest first.
    static func storedForms(of text: String) -> [String] {
        let folded = folded(text)
        // Compared as bytes: for a String both normal forms are equal.
        var forms: [String] = []
        for form in [folded, text.lowercased(), folded.decomposed]
        where !forms.contains(where: { $0.utf8.elementsEqual(form.utf8) }) {
            forms.append(form)
        }
        return forms
    }

    /// A part has something between its dots (RFC 5321, 4.1.2).
    private static func isDotted(_ part: Substring) -> Bool {
        !part.split(separator: ".", omittingEmptySubsequences: false).contains(where: \.isEmpty)
    }

    /// In ASCII what may stand in an address without quotation marks (RFC 5321, 4.1.2; RFC 5322,
    /// 3.2.3); beyond, letters with their marks, and digits (RFC 6531).
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else {
            return scalar.value > 0x20 && scalar.value < 0x7f
                && !#"()<>[]:;,\""#.unicodeScalars.contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark,
            .decimalNumber:
            return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// Neither invisible nor another shape of a letter, such as a wide or a mathematical one
    /// (UAX 31, NFKC_Casefold); `ß` and `ς` only have a different capital.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.changesWhenNFKCCaseFolded || scalar == "ß" || scalar == "ς"
    }

    /// Whether nobody can take the part for one of another alphabet (after UTS 39, 5.2: highly
    /// restrictive, and 4: whole-script confusables, for the alphabets that look alike).
    private static func isOneAlphabet(_ part: Substring) -> Bool {
        let letters = part.unicodeScalars.filter { !$0.isASCII || $0.properties.isAlphabetic }
        var alphabets = Set(letters.map(Alphabet.init))
        if alphabets.contains(.latin) { alphabets.remove(.eastAsian) }
        guard alphabets.count == 1, let alphabet = alphabets.first else { return alphabets.isEmpty }
        switch alphabet {
        case .latin: return letters.allSatisfy { !"ıȷ".unicodeScalars.contains($0) }
        case .greek, .cyrillic, .armenian:
            return !letters.allSatisfy(Self.latinDoubles.contains)
        case .eastAsian, .other: return true
        case .never: return false
        }
    }

    /// Small letters of other alphabets that look like Latin ones (UTS 39, confusables.txt).
    private static let latinDoubles = Set(
        "аеорсухіїјѕһԁԛԝьѵӏгпкмтвбзαγεικνορτυχωϲϳոսօհցզգյոյք".unicodeScalars)
}

/// The alphabets that are told apart.
private enum Alphabet {
    case latin, greek, cyrillic, armenian, eastAsian, other
    /// Hardly told from Latin ones: phonetic letters, and marks that no letter has taken up.
    case never

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x300...0x36f, 0x1ab0...0x1aff, 0x1dc0...0x1dff, 0x20d0...0x20ff: self = .never
        case 0..<0x250, 0x1e00..<0x1f00: self = .latin
        case 0x370..<0x400, 0x1f00..<0x2000: self = .greek
        case 0x400..<0x530, 0x1c80..<0x1c90: self = .cyrillic
        case 0x530..<0x590: self = .armenian
        case 0x250..<0x2b0, 0x2c60..<0x2c80, 0xa720..<0xa800, 0xab30..<0xab70: self = .never
        case 0x1100..<0x1200, 0x2e80..<0xa000, 0xac00..<0xd7b0, 0xf900..<0xfb00, 0x20000...:
            self = .eastAsian
        default: self = .other
        }
    }
}
