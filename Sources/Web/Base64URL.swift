import FoundationEssentials

/// Base64 with the URL alphabet and no padding (RFC 4648, section 5).
public enum Base64URL {
    public static func encode(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.compactMap { scalar in
                    switch scalar {
                    case "+": "-"
                    case "/": "_"
                    case "=": nil
                    default: scalar
                    }
                }))
    }

    /// `nil` for anything that ``encode(_:)`` would not have written.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var base64 = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "-": base64 += "+"
            case "_": base64 += "/"
            case "+", "/", "=": return nil
            default: base64.unicodeScalars.append(scalar)
            }
        }
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        // Bits after the last whole byte have to be 0: one value has one text.
        guard let bytes = Data(base64Encoded: base64).map(Array.init), encode(bytes) == text else {
            return nil
        }
        return bytes
    }
}
