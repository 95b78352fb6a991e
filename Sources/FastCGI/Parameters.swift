import Glibc

/// The CGI variables and request headers of a request, in the order they came.
///
/// A name may occur more than once: the web server passes on a repeated header as it came. Values
/// are valid UTF-8, and copies: they outlive the request. A value with a NUL ends there, as
/// libfcgi hands out C strings; web servers refuse NUL.
public struct Parameters: Sendable {
    /// `NAME=value\0` for each parameter; one allocation for all.
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
    typealias Environment = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// Copies the `NAME=value` strings of a request, checking them against the limits.
    init(copying environment: Environment, limits: Limits) throws(Refusal) {
        bytes.reserveCapacity(4096)
        entries.reserveCapacity(48)
        var next = environment + 1  // libfcgi puts a FCGI_ROLE of its own first
        while let string = next.pointee {
            guard count < limits.parameterCount else { throw .tooManyParameters }
            let length = strlen(string)
            guard bytes.count + length < limits.parameterBytes else { throw .parametersTooLarge }
            append(UnsafeRawBufferPointer(start: string, count: length + 1))
            next += 1
        }
        guard (try? UTF8Span(validating: bytes.span)) != nil else { throw .parametersNotUTF8 }
    }

    private mutating func append(_ string: UnsafeRawBufferPointer) {
        let start = Int32(bytes.count)
        let end = start + Int32(string.count) - 1
        let separator = string.firstIndex(of: UInt8(ascii: "=")).map { start + Int32($0) } ?? end
        bytes.append(contentsOf: string)
        entries.append(Entry(name: start..<separator, value: Swift.min(separator + 1, end)..<end))
    }
}
