import FoundationEssentials

/// JSON of a value of our own that encodes and decodes itself.
public enum JSON {
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Keys in no particular order, slashes unescaped.
    public static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Only non-finite numbers and non-string keys can fail, and our values hold neither.
        return [UInt8](try! encoder.encode(value))
    }
}
