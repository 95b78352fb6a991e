/// What ``JSONWriter`` can write.
public protocol JSONWritable {
    /// Writes exactly one value.
    func write(to json: inout JSONWriter)
}

/// A value that is an object; its members can stand in the object of another.
public protocol JSONObject: JSONWritable {
    func writeMembers(to json: inout JSONWriter)
}

extension JSONObject {
    public func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }
}

extension String: JSONWritable {
    public func write(to json: inout JSONWriter) { json.append(self) }
}

extension Int: JSONWritable {
    public func write(to json: inout JSONWriter) { json.append(self) }
}

extension Int64: JSONWritable {
    public func write(to json: inout JSONWriter) { json.append(self) }
}

extension Double: JSONWritable {
    public func write(to json: inout JSONWriter) { json.append(self) }
}

extension Bool: JSONWritable {
    public func write(to json: inout JSONWriter) { json.append(self) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    public func write(to json: inout JSONWriter) {
        guard let value = self else { return json.null() }
        value.write(to: &json)
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.array { for element in self { element.write(to: &$0) } }
    }
}

/// An enumeration with raw values is written as these.
extension JSONWritable where Self: RawRepresentable, RawValue: JSONWritable {
    public func write(to json: inout JSONWriter) { rawValue.write(to: &json) }
}

extension JSONValue: JSONWritable {
    /// Sound whatever was read: a number that only a lenient reader takes is written as JSON has it.
    public func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let flag): json.append(flag)
        case .number(let digits):
            if JSONText.isNumber(digits) {
                json.append(json: digits.utf8)
            } else if let whole = Int(digits) {
                json.append(whole)
            } else {
                json.append(Double(digits) ?? 0)
            }
        case .string(let text): json.append(text)
        case .broken(let bytes): json.append(TextJoiner.repaired(bytes))
        case .array(let elements): elements.write(to: &json)
        case .object(let members):
            json.object { for member in members { $0.member(named: member.key, member.value) } }
        }
    }
}
