// The standard library normalises text for its own comparisons; nothing public hands out the result,
// and the alternative is a library of 40 MB (ICU).
@_spi(_Unicode) import Swift

extension String {
    /// The text composed (Unicode normal form C): what looks the same has the same bytes, whichever
    /// keyboard it was typed on.
    public var composed: String {
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfc)
        return String(scalars)
    }

    /// The text taken apart (Unicode normal form D): letters, then their marks.
    public var decomposed: String {
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfd)
        return String(scalars)
    }
}
