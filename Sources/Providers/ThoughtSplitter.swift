/// Tells a model's thoughts from its answer where both come in one text: pieces in, parts out, no
/// matter where the pieces are cut.
///
/// Thoughts stand between two marks at the very beginning of an answer, before any other word, once or
/// several times; or from the beginning up to the end mark alone. The same marks further on are words
/// of the answer: the person may have asked about them. See ``EndMark`` for how an end mark alone is
/// told from one that is quoted. White space around thoughts is dropped, and so is what a template sets
/// before the answer itself.
struct ThoughtSplitter {
    enum Part: Equatable {
        case text(String)
        case thought(String)
        /// All text so far was thoughts.
        case textWasThought
        /// The thoughts in the text, none of which had an end, were text, and this is all of it.
        case thoughtWasText(String)
    }

    private enum Place {
        /// Before the first word of the answer, thoughts or not; `after` them if there were any.
        case beginning(after: Bool)
        case thought(ThoughtMark)
        case text
    }

    private var place = Place.beginning(after: false)
    /// What cannot be judged yet.
    private var held: [UInt8] = []
    /// The text so far, as long as an end mark alone may turn it into thoughts.
    private var open: [UInt8]? = []
    /// The first thoughts as they came, with their beginning mark, as long as there may be no end.
    private var raw: [UInt8] = []
    /// The length of that mark; 0 for later thoughts, whose mark is one beyond doubt.
    private var markBytes = 0
    /// Whether these thoughts have words yet, and whether any thoughts had.
    private var thoughtHasWords = false
    private var hasThought = false
    /// Whether these thoughts began twice, so that they may end twice.
    private var isNested = false
    private var quotedEnds = 0

    /// An answer that quotes the mark so often is about it.
    private static let mostQuotedEnds = 8

    /// Thoughts came in a field of their own: the text holds none, and an end mark in it is a word.
    mutating func noteThoughtsElsewhere() {
        open = nil
    }

    mutating func take(_ piece: String, _ emit: (Part) throws -> Void) rethrows {
        // By far the commonest: a piece of an answer whose thoughts, if any, are over.
        if case .text = place, open == nil, held.isEmpty { return try emit(.text(piece)) }
        held += piece.utf8
        while try step(emit) {}
    }

    /// Nothing more comes.
    ///
    /// - Parameter well: The answer was not cut off.
    mutating func finish(well: Bool, _ emit: (Part) throws -> Void) rethrows {
        let rest = held[...]
        held = []
        switch place {
        case .text: try emitText(rest, emit)
        case .beginning(let after):
            let words = after ? rest.drop(while: \.isWhiteSpace) : rest
            if !words.isEmpty { try emitText(words, emit) }
        // What might have been a quoted end is one, since nothing is behind it.
        case .thought(let mark) where mark.ends.contains(Array(rest)): break
        case .thought:
            try emitThought(rest, emit)
            raw += rest
            if well && isSentence { try emit(.thoughtWasText(Self.string(raw[...]))) }
        }
    }

    /// Takes what can be judged off what is held.
    ///
    /// - Returns: Whether there may be more to judge.
    private mutating func step(_ emit: (Part) throws -> Void) rethrows -> Bool {
        switch place {
        case .beginning(let after): try stepAtBeginning(after: after, emit)
        case .thought(let mark): try stepInThought(mark, emit)
        case .text: try stepInText(emit)
        }
    }

    private mutating func stepAtBeginning(
        after: Bool, _ emit: (Part) throws -> Void
    ) rethrows -> Bool {
        let words = held.drop(while: \.isWhiteSpace)
        if words.isEmpty { return false }
        var isPart = false
        for mark in ThoughtMark.all {
            let (match, length) = mark.matchBegin(words)
            if match == .whole {
                markBytes = after ? 0 : length
                raw = Array(words.prefix(markBytes))
                held = Array(words.dropFirst(length))
                (thoughtHasWords, isNested) = (false, false)
                place = .thought(mark)
                return true
            }
            if match == .part { isPart = true }
        }
        // The end of thoughts without a word, or of such that came elsewhere, is dropped too.
        for mark in ThoughtMark.lonelyEnds.flatMap(\.ends) + ThoughtMark.answerBegins {
            switch ThoughtMark.match(mark, words) {
            case .whole:
                held = Array(words.dropFirst(mark.count))
                place = .beginning(after: true)
                return true
            case .part: isPart = true
            case .none: break
            }
        }
        if isPart { return false }
        if after { held = Array(words) }
        place = .text
        return true
    }

    private mutating func stepInThought(
        _ mark: ThoughtMark, _ emit: (Part) throws -> Void
    ) rethrows -> Bool {
        if !thoughtHasWords, let isAgain = beginAgain(mark) { return isAgain }
        let found = ThoughtMark.first(of: mark.ends, in: held[...])
        // White space is held back too: it may be that before the end.
        let words = Self.withoutWhiteSpace(held[..<(found?.index ?? held.count)])
        try emitThought(words, emit)
        raw += words
        guard let found, found.match == .whole else {
            held.removeFirst(words.count)
            return false
        }
        let end = found.index + found.mark.count
        if words.count == found.index, quotedEnds < Self.mostQuotedEnds, EndMark.mayQuote(raw.last)
        {
            guard end < held.count else {  // What is behind it tells.
                held.removeFirst(words.count)
                return false
            }
            let line = raw.lastIndex(of: UInt8(ascii: "\n")).map { raw[($0 + 1)...] } ?? raw[...]
            if EndMark.isQuoted(line: line, next: held[end]) {
                quotedEnds += 1
                try emitThought(held[found.index..<end], emit)
                raw += held[found.index..<end]
                held.removeFirst(end)
                return true
            }
        }
        held.removeFirst(end)
        place = .beginning(after: true)
        open = isNested || holdsBegin(mark) ? [] : nil
        return true
    }

    /// Whether these thoughts have further ones within them, rather than words about the mark.
    private func holdsBegin(_ mark: ThoughtMark) -> Bool {
        let found = ThoughtMark.first(of: [mark.begin], in: raw[markBytes...])
        return found?.match == .whole && !EndMark.mayQuote(raw[..<(found?.index ?? 0)].last)
    }

    /// Drops the same beginning mark where it comes once more before any word: the template wrote one,
    /// the model another.
    ///
    /// - Returns: Whether there may be more to judge; `nil` when it does not come.
    private mutating func beginAgain(_ mark: ThoughtMark) -> Bool? {
        let words = held.drop(while: \.isWhiteSpace)
        guard !words.isEmpty else { return nil }
        let (match, length) = mark.matchBegin(words)
        guard match == .whole else { return match == .part ? false : nil }
        raw += words.prefix(length)
        held = Array(words.dropFirst(length))
        isNested = true
        return true
    }

    private mutating func stepInText(_ emit: (Part) throws -> Void) rethrows -> Bool {
        guard open != nil,
            let found = ThoughtMark.first(
                of: ThoughtMark.lonelyEnds.flatMap(\.ends), in: held[...])
        else {
            try emitText(held[...], emit)
            held = []
            return false
        }
        let behind = held[(found.index + min(found.mark.count, held.count - found.index))...]
        if found.match == .part || behind.allSatisfy(\.isWhiteSpace) {
            try emitText(held[..<found.index], emit)
            held.removeFirst(found.index)
            return false
        }
        try emitText(held[..<found.index], emit)
        if EndMark(before: open ?? [], behind: behind).endsThoughts {
            try emit(.textWasThought)
            open = nil
            place = .beginning(after: true)
        } else {
            try emitText(held[found.index..<behind.startIndex], emit)
            quotedEnds += 1
            if quotedEnds == Self.mostQuotedEnds { open = nil }
        }
        held = Array(behind)
        return true
    }

    private mutating func emitText(
        _ bytes: ArraySlice<UInt8>, _ emit: (Part) throws -> Void
    ) rethrows {
        guard !bytes.isEmpty else { return }
        open?.append(contentsOf: bytes)
        try emit(.text(Self.string(bytes)))
    }

    private mutating func emitThought(
        _ bytes: ArraySlice<UInt8>, _ emit: (Part) throws -> Void
    ) rethrows {
        let words = thoughtHasWords ? bytes : bytes.drop(while: \.isWhiteSpace)
        guard !words.isEmpty else { return }
        if hasThought && !thoughtHasWords { try emit(.thought("\n\n")) }
        (hasThought, thoughtHasWords) = (true, true)
        try emit(.thought(Self.string(words)))
    }

    /// Whether a beginning mark that found no end is the subject of a sentence: `<think> is a tag …`.
    private var isSentence: Bool {
        let words = raw.dropFirst(markBytes)
        guard markBytes > 0, words.first == UInt8(ascii: " "), let letter = words.dropFirst().first
        else {
            return false
        }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
    }

    private static func withoutWhiteSpace(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes[..<(bytes.lastIndex { !$0.isWhiteSpace }.map { $0 + 1 } ?? bytes.startIndex)]
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
