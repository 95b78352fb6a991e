import FoundationEssentials
import Web

extension Title {
    /// A model's proposal without what models put around it: JSON, fences, labels, marks in pairs.
    ///
    /// - Returns: `nil` when it is no title at all; the person's own first words are better then.
    static func cleaned(_ proposal: String) -> String? {
        let text = withoutFence(withoutTokens(proposal.cut(characters: 2_000, bytes: 8_000)))
        guard let line = ofJSON(text) ?? firstLine(of: text) else { return nil }
        let title = withoutDecoration(line).singleLine
        guard title.count >= 2, title.cut(characters: limit, bytes: byteLimit) == title[...],
            title.contains(where: { $0.isLetter || $0.isNumber || !$0.isASCII }),
            title.split(separator: " ").count <= mostWords, !isRefusal(title)
        else { return nil }
        return title
    }

    /// A title has two to six words; more are a sentence.
    private static let mostWords = 14

    // MARK: Around the whole

    /// Drops what a chat template sets before an answer, its end, and whatever comes behind that.
    private static func withoutTokens(_ text: Substring) -> Substring {
        var rest = text.trimmed
        while let token = token(in: rest), token.lowerBound == rest.startIndex {
            rest = rest[token.upperBound...].trimmed
            if rest.hasPrefix("assistant<") { rest = rest.dropFirst("assistant".count) }
        }
        var from = rest.startIndex
        while let token = token(in: rest[from...]) {
            // Behind a space it is a word of a title about it.
            if rest[..<token.lowerBound].last != " " { return rest[..<token.lowerBound] }
            from = token.upperBound
        }
        return rest
    }

    /// The first `<|name|>`, `<s>` or `</s>`.
    private static func token(in text: Substring) -> Range<String.Index>? {
        let ranges = ["<s>", "</s>"].compactMap { text.firstRange(of: $0) }
        var token = ranges.min { $0.lowerBound < $1.lowerBound }
        if let start = text.firstRange(of: "<|")?.lowerBound,
            start < token?.lowerBound ?? text.endIndex,
            let end = text[start...].firstRange(of: "|>")?.upperBound
        {
            token = start..<end
        }
        return token
    }

    private static func withoutFence(_ text: Substring) -> Substring {
        let text = text.trimmed
        guard text.hasPrefix("```") else { return text }
        guard let line = text.firstIndex(of: "\n") else { return text.hasSuffix("```") ? text : "" }
        let inside = text[line...]
        return inside[..<(inside.firstRange(of: "\n```")?.lowerBound ?? inside.endIndex)].trimmed
    }

    /// The title in an object, or the only text in an array; empty where there is none in it, and `nil`
    /// for what does not look like JSON.
    private static func ofJSON(_ text: Substring) -> Substring? {
        guard text.hasPrefix("{") || text.hasPrefix("["), text.contains("\"") else { return nil }
        let data = Data(text.utf8)
        if let texts = try? JSONDecoder().decode([String].self, from: data) {
            return texts.count == 1 ? texts[0][...] : ""
        }
        struct Value: Decodable {
            let text: String?

            init(from decoder: any Decoder) throws {
                text = try? decoder.singleValueContainer().decode(String.self)
            }
        }
        let object = try? JSONDecoder().decode([String: Value].self, from: data)
        return object?.first { $0.key.lowercased() == "title" }?.value.text?[...] ?? ""
    }

    /// The line of the title: not the one that announces it.
    private static func firstLine(of text: Substring) -> Substring? {
        let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed).filter { !$0.isEmpty }
        return lines.first { line in
            !line.trimming { "*_ ".contains($0) }.hasSuffix(":") && !line.hasSuffix("：")
        }
    }

    // MARK: Around the line

    private static func withoutDecoration(_ line: Substring) -> Substring {
        var rest = line.trimmed
        while let inner = unwrapped(rest) ?? withoutLabel(rest) ?? withoutLead(rest)
            ?? withoutPeriod(rest)
        {
            rest = inner.trimmed
        }
        return rest
    }

    private static let pairs = [
        ("```", "```"), ("**", "**"), ("__", "__"), ("\"", "\""), ("'", "'"), ("*", "*"),
        ("_", "_"), ("`", "`"), ("“", "”"), ("„", "“"), ("‘", "’"), ("«", "»"), ("»", "«"),
        ("「", "」"), ("『", "』"), ("<title>", "</title>"), ("&quot;", "&quot;"),
    ]

    /// What is between two marks that belong together, and does not hold them.
    private static func unwrapped(_ text: Substring) -> Substring? {
        for (begin, end) in pairs {
            guard text.hasPrefix(begin), text.hasSuffix(end),
                text.count >= begin.count + end.count
            else { continue }
            let inner = text.dropFirst(begin.count).dropLast(end.count)
            if !inner.contains(begin) && !inner.contains(end) { return inner }
        }
        return nil
    }

    /// What follows `Title:`, in the languages of most people, or `Here is a title:`.
    private static func withoutLabel(_ text: Substring) -> Substring? {
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
        let isMark: (Character) -> Bool = { "*_#\"` ".contains($0) }
        let words = text[..<colon].trimming(isMark).lowercased().split(separator: " ")
        guard let last = words.last, labels.contains(String(last)),
            words.count == 1 || !announcements.isDisjoint(with: words.map { String($0) })
        else { return nil }
        let mark = text[..<colon].prefix { "*_".contains($0) }
        let rest = text[text.index(after: colon)...]
        return !mark.isEmpty && rest.hasPrefix(mark) ? rest.dropFirst(mark.count) : rest
    }

    private static let labels: Set<String> = [
        "title", "titel", "titre", "título", "titulo", "titolo", "tittel", "otsikko", "tytuł",
        "název", "başlık", "заголовок", "название", "标题", "標題", "题目", "タイトル", "題名", "제목",
        "عنوان", "शीर्षक",
    ]

    private static let announcements: Set<String> = [
        "conversation", "chat", "suggested", "proposed", "possible", "here", "here's", "here’s",
    ]

    /// A heading, or the first point of a list.
    private static func withoutLead(_ text: Substring) -> Substring? {
        let mark = text.prefix { $0 == "#" }
        let leads = ["\(mark) ", "- ", "* ", "• ", "1. ", "1) "]
        return leads.first { $0 != " " && text.hasPrefix($0) }.map { text.dropFirst($0.count) }
    }

    /// But for an ellipsis, or an abbreviation such as `U.S.`.
    private static func withoutPeriod(_ text: Substring) -> Substring? {
        if text.hasSuffix("。") { return text.dropLast() }
        let word = text.dropLast().suffix(while: { $0 != " " })
        return text.hasSuffix(".") && !word.contains(".") ? text.dropLast() : nil
    }

    // MARK: No title

    /// Whether a model speaks of itself instead.
    private static func isRefusal(_ title: String) -> Bool {
        let words = title.lowercased().replacing("’", with: "'")
        return [
            "i don't", "i do not", "i can't", "i cannot", "i'm sorry", "i am sorry", "sorry, ",
            "i'm unable", "i am unable", "i'm not able", "as an ai", "i apologize", "sure!",
            "unfortunately, i", "ich kann ", "es tut mir leid", "tut mir leid", "lo siento",
            "je suis désolé", "je ne peux", "mi dispiace", "desculpe", "извините", "к сожалению",
            "抱歉", "对不起", "很抱歉", "申し訳", "죄송",
        ].contains { words.hasPrefix($0) }
    }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence { trimming(\.isWhitespace) }

    fileprivate func trimming(_ isDropped: (Character) -> Bool) -> SubSequence {
        let rest = drop(while: isDropped)
        return rest[
            ..<(rest.lastIndex { !isDropped($0) }.map { rest.index(after: $0) } ?? rest.startIndex)]
    }

    fileprivate func suffix(while isTaken: (Character) -> Bool) -> SubSequence {
        self[(lastIndex { !isTaken($0) }.map { index(after: $0) } ?? startIndex)...]
    }
}
