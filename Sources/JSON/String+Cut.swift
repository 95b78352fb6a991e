extension String {
    /// The beginning of it, as many whole scalars as fit in so many bytes of UTF-8.
    ///
    /// Characters are no measure: one of them may carry any number of marks.
    public func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit))
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
