/// A path with named parts, such as `/conversations/{id}/messages`.
///
/// A named part matches exactly one non-empty segment.
struct PathPattern {
    enum Segment: Equatable {
        case literal(Substring)
        case parameter(String)
    }

    let segments: [Segment]

    init(_ text: String) {
        segments = Self.split(text).map { segment in
            segment.hasPrefix("{") && segment.hasSuffix("}")
                ? .parameter(String(segment.dropFirst().dropLast())) : .literal(segment)
        }
    }

    static func split(_ path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }
}
