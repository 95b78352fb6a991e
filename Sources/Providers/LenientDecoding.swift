import FoundationEssentials

// Readers for JSON that other people's servers make: what is missing, null or of another type reads
// as absent instead of spoiling the rest.

/// Any key of any object.
struct AnyKey: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(stringLiteral value: String) { stringValue = value }
    init?(intValue: Int) { nil }
}

typealias LenientObject = KeyedDecodingContainer<AnyKey>

extension KeyedDecodingContainer<AnyKey> {
    /// The value when it is there and a `Value`.
    func read<Value: Decodable>(_ key: AnyKey, as type: Value.Type = Value.self) -> Value? {
        guard contains(key) else { return nil }  // the quick way out: a throw is dear
        return try? decodeIfPresent(Value.self, forKey: key)
    }

    /// Text that is not empty.
    func text(_ key: AnyKey) -> String? {
        guard let text = read(key, as: String.self), !text.isEmpty else { return nil }
        return text
    }

    /// A whole number, also as `12.0` or `"12"`.
    func integer(_ key: AnyKey) -> Int? {
        if let number = read(key, as: Int.self) { return number }
        return number(key).flatMap { Money.scaled($0, scale: 0) }.map { Int($0) }
    }

    /// The digits of a number, or of text that holds one. Not by way of a binary fraction.
    func number(_ key: AnyKey) -> String? {
        if let decimal = read(key, as: Decimal.self) { return decimal.description }
        return text(key)
    }

    func object(_ key: AnyKey) -> LenientObject? {
        try? nestedContainer(keyedBy: AnyKey.self, forKey: key)
    }

    /// The elements of an array that can be read; an absent array has none.
    func array<Element: Decodable>(_ key: AnyKey, of type: Element.Type = Element.self) -> [Element]
    {
        read(key, as: LenientArray<Element>.self)?.elements ?? []
    }
}

/// An array without those of its elements that are not an `Element`.
struct LenientArray<Element: Decodable>: Decodable {
    let elements: [Element]

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        var elements: [Element] = []
        while !container.isAtEnd {
            if let element = try container.decode(Attempt<Element>.self).value {
                elements.append(element)
            }
        }
        self.elements = elements
    }
}

private struct Attempt<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws {
        value = try? Value(from: decoder)
    }
}

extension JSONDecoder {
    /// Decodes bytes where they lie. Invalid UTF-8 is replaced, not refused.
    func read<Value: Decodable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) -> Value? {
        guard let start = bytes.baseAddress else { return nil }
        guard (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil else {
            return try? decode(type, from: Data(String(decoding: bytes, as: UTF8.self).utf8))
        }
        let data = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count,
            deallocator: .none)
        return try? decode(type, from: data)
    }
}
