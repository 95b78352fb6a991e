extension StringProtocol {
    /// Without spaces and tabs at both ends (RFC 9110, 5.6.3: optional white space).
    func trimmingSpaces() -> SubSequence {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = self[...]
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest.drop(while: isSpace)
    }
}
