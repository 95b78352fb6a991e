import Glibc

/// The CGI variables and request headers of a request, in the order they came.
///
/// A name may occur more than once: the web server passes on a repeated header as it came. Values
/// are valid UTF-8, and copies: they outlive the request.
public struct Parameters: Sendable {
    /// `NAME\0value\0` for each parameter; one allocation for all.
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    private struct Entry {
        let name: Range<Int32>
        let value: Range<Int32>
    }

    /// The value of the first parameter of that name.
    public subscript(name: String) -> String? {
        entries.first { isNamed(name, $0) }.map { text($0.value) }
    }

    /// The values of all parameters of that name, in order.
    public func values(of name: String) -> [String] {
        entries.filter { isNamed(name, $0) }.map { text($0.value) }
    }

    private func isNamed(_ name: String, _ entry: Entry) -> Bool {
        entry.name.count == name.utf8.count && slice(entry.name).elementsEqual(name.utf8)
    }

    private func text(_ range: Range<Int32>) -> String {
        String(decoding: slice(range), as: UTF8.self)
    }

    private func slice(_ range: Range<Int32>) -> ArraySlice<UInt8> {
        bytes[Int(range.lowerBound)..<Int(range.upperBound)]
    }
}

extension Parameters: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }

    public subscript(position: Int) -> (name: String, value: String) {
        (text(entries[position].name), text(entries[position].value))
    }
}

extension Parameters {
    /// Decodes the parameters of a request (FastCGI specification, 3.4), checking them against the
    /// limits; `nil` when a length points beyond the end.
    init?(decoding stream: [UInt8], limits: Limits) throws(Refusal) {
        bytes.reserveCapacity(4096)
        entries.reserveCapacity(48)
        var rest = stream[...]
        while !rest.isEmpty {
            guard let nameCount = Self.takeLength(&rest), let valueCount = Self.takeLength(&rest),
                nameCount + valueCount <= rest.count
            else { return nil }
            guard count < limits.parameterCount else { throw .tooManyParameters }
            guard bytes.count + nameCount + valueCount + 2 <= limits.parameterBytes else {
                throw .parametersTooLarge
            }
            let name = append(rest.prefix(nameCount))
            rest = rest.dropFirst(nameCount)
            entries.append(Entry(name: name, value: append(rest.prefix(valueCount))))
            rest = rest.dropFirst(valueCount)
        }
        guard (try? UTF8Span(validating: bytes.span)) != nil else { throw .parametersNotUTF8 }
    }

    /// One byte up to 127, else four with the highest bit set.
    private static func takeLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.first else { return nil }
        let width = first & 0x80 == 0 ? 1 : 4
        guard rest.count >= width else { return nil }
        let length = rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(width)
        return width == 1 ? length : length & 0x7fff_ffff
    }

    /// The NUL keeps two halves of a character, in two texts, from passing for one.
    private mutating func append(_ text: ArraySlice<UInt8>) -> Range<Int32> {
        let start = Int32(bytes.count)
        bytes += text
        bytes.append(0)
        return start..<start + Int32(text.count)
    }
}
